<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use Closure;
use LogicException;
use OpenAgents\Runtime\Errors\Conflict;
use OpenAgents\Runtime\Errors\NotFound;
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

/** A runtime in memory, that fails as a test says: before it does what it is asked, or after. */
final class ScriptedRuntime implements RuntimeClient
{
    /** @var list<string> calls with the run that they were about */
    public array $asked = [];
    /** @var array<string, string> what each run was started with */
    public array $runs = [];
    /** @var array<string, true> runs that have ended */
    public array $ended = [];
    /** @var array<string, Transcript> */
    public array $transcripts = [];
    /** @var array<string, list<Throwable>> what each call's next times throw, nothing done */
    public array $before = [];
    /** @var array<string, list<Throwable>> the same, once it has been done */
    public array $after = [];

    public function __construct(private readonly FakeClock $clock)
    {
    }

    /** How many runs it has been given to execute. */
    public function executions(): int
    {
        return count(array_filter($this->runs, static fn (string $kind): bool => $kind === 'answer'));
    }

    public function driverName(): string
    {
        return 'runtime';
    }

    public function startAndStream(Principal $principal, StartRun $start, Frame $frame, StreamFrom $from): RunStream
    {
        return $this->call('stream', $start->run, fn (): RunStream => $this->started($start->run, 'answer'));
    }

    public function startRun(Principal $principal, StartRun $start): RunHandle
    {
        return $this->call('start', $start->run, function () use ($start): RunHandle {
            $this->started($start->run, 'nothing');

            return new RunHandle($start->run, 'accepted', 1, false);
        });
    }

    public function cancelRun(Principal $principal, RunRef $run, ?string $reason = null): CancelResult
    {
        return $this->call('cancel', $run, function () use ($run): CancelResult {
            $this->ended[$run->runId] = true;

            return new CancelResult($run->runId, 'canceled', false);
        });
    }

    public function getRun(Principal $principal, RunRef $run): RunSnapshot
    {
        return $this->call('get', $run, function () use ($run): RunSnapshot {
            isset($this->runs[$run->runId]) || throw new NotFound('no such run', 404);
            $ended = isset($this->ended[$run->runId]);

            return new RunSnapshot($run->runId, $run->threadId, $ended ? 'completed' : 'running', 1, $ended);
        });
    }

    public function messages(Principal $principal, RunRef $run): Transcript
    {
        return $this->call('messages', $run, fn (): Transcript => $this->transcripts[$run->runId] ?? throw new NotFound('no such run', 404));
    }

    public function streamRun(Principal $principal, RunRef $run, StreamFrom $from): RunStream
    {
        throw new LogicException('not asked');
    }

    public function signStream(Principal $principal, RunRef $run, StreamFrom $from): ?SignedStream
    {
        throw new LogicException('not asked');
    }

    public function appendFrame(Principal $principal, RunRef $run, Frame $frame): FrameReceipt
    {
        throw new LogicException('not asked');
    }

    private function started(RunRef $run, string $kind): RunStream
    {
        $known = $this->runs[$run->runId] ??= $kind;
        $known === $kind || throw new Conflict('the run is another', 409, details: [['field' => 'run_id', 'message' => 'x']]);

        return new ListedStream(["id: 1\ndata: [DONE]\n\n"], $this->clock);
    }

    private function call(string $name, RunRef $run, Closure $does): mixed
    {
        $this->asked[] = "{$name} {$run->runId}";
        self::throwNext($this->before, $name);
        $done = $does();
        self::throwNext($this->after, $name);

        return $done;
    }

    /** @param array<string, list<Throwable>> $planned */
    private static function throwNext(array &$planned, string $name): void
    {
        if (($planned[$name] ?? []) !== []) {
            throw array_shift($planned[$name]);
        }
    }
}
