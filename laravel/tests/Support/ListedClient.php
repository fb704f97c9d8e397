<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use LogicException;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Values\CancelResult;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\FrameReceipt;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunHandle;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\RunSnapshot;
use OpenAgents\Runtime\Values\SignedStream;
use OpenAgents\Runtime\Values\StartRun;
use OpenAgents\Runtime\Values\StreamFrom;
use OpenAgents\Runtime\Values\Transcript;
use Throwable;

/** Answers `streamRun` from a list, the last entry for ever; nothing else is asked of it. */
final class ListedClient implements RuntimeClient
{
    /** @var list<?string> the Last-Event-ID of every call */
    public array $asked = [];

    /** @param list<RunStream|Throwable> $answers */
    public function __construct(private array $answers)
    {
    }

    public function streamRun(Principal $principal, RunRef $run, StreamFrom $from): RunStream
    {
        $this->asked[] = $from->lastEventId;
        $answer = count($this->answers) > 1 ? array_shift($this->answers) : $this->answers[0];

        return $answer instanceof Throwable ? throw $answer : $answer;
    }

    public function driverName(): string
    {
        return 'runtime';
    }

    public function startRun(Principal $principal, StartRun $start): RunHandle
    {
        throw new LogicException('not asked');
    }

    public function appendFrame(Principal $principal, RunRef $run, Frame $frame): FrameReceipt
    {
        throw new LogicException('not asked');
    }

    public function startAndStream(Principal $principal, StartRun $start, Frame $frame, StreamFrom $from): RunStream
    {
        throw new LogicException('not asked');
    }

    public function signStream(Principal $principal, RunRef $run, StreamFrom $from): ?SignedStream
    {
        throw new LogicException('not asked');
    }

    public function cancelRun(Principal $principal, RunRef $run, ?string $reason = null): CancelResult
    {
        throw new LogicException('a stream never cancels');
    }

    public function messages(Principal $principal, RunRef $run): Transcript
    {
        throw new LogicException('not asked');
    }

    public function getRun(Principal $principal, RunRef $run): RunSnapshot
    {
        throw new LogicException('not asked');
    }
}
