<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Legacy;

use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Errors\NotFound;
use OpenAgents\Runtime\Errors\ResumeNotSupported;
use OpenAgents\Runtime\Errors\Unprocessable;
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

/**
 * The host's own driver behind the same interface. It starts and answers in one; it has no cursor, so
 * that a stream is read once and by nobody else.
 */
final class LegacyRuntimeClient implements RuntimeClient
{
    public function __construct(private readonly LegacyDriver $driver)
    {
    }

    public function driverName(): string
    {
        return Driver::Legacy->value;
    }

    public function startRun(Principal $principal, StartRun $start): RunHandle
    {
        throw new Unprocessable('the legacy driver starts a run with its first message only');
    }

    public function appendFrame(Principal $principal, RunRef $run, Frame $frame): FrameReceipt
    {
        throw new Unprocessable('the legacy driver takes one message per run');
    }

    public function streamRun(Principal $principal, RunRef $run, StreamFrom $from): RunStream
    {
        throw new ResumeNotSupported('the legacy driver has no cursor to resume from');
    }

    public function startAndStream(
        Principal $principal,
        StartRun $start,
        Frame $frame,
        StreamFrom $from,
    ): RunStream {
        if ($from->lastEventId !== null || !in_array($from->place(), ['cursor=0', 'from=now'], true)) {
            throw new ResumeNotSupported('the legacy driver has no cursor to resume from');
        }

        return new PartStream($start->run, $this->driver->answer($principal, $start, $frame));
    }

    public function signStream(Principal $principal, RunRef $run, StreamFrom $from): ?SignedStream
    {
        return null;
    }

    public function cancelRun(Principal $principal, RunRef $run, ?string $reason = null): CancelResult
    {
        $this->getRun($principal, $run);

        return $this->driver->cancel($principal, $run, $reason);
    }

    public function getRun(Principal $principal, RunRef $run): RunSnapshot
    {
        return $this->driver->find($principal, $run)
            ?? throw new NotFound("there is no run '{$run->runId}'");
    }

    public function messages(Principal $principal, RunRef $run): Transcript
    {
        $ended = $this->getRun($principal, $run)->ended;

        return new Transcript($this->driver->messages($principal, $run) ?? [], $ended);
    }
}
