<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Routing;

use Closure;
use OpenAgents\Runtime\Chat\RunPins;
use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Errors\ResumeNotSupported;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Errors\RuntimeUnavailable;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Support\Clock;
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

/** To each run the driver of its pin, to its end; to a run without one the configured driver. */
final class RoutedRuntimeClient implements RuntimeClient
{
    private const LOOK_AGAIN_MS = 50;

    /** @var array<string, Driver> so that a long stream needs no database */
    private array $drivers = [];

    /**
     * @param Closure(Driver): RuntimeClient $clientOf
     * @param int $patienceMs for another request that is starting the same run
     */
    public function __construct(
        private readonly Driver $configured,
        private readonly Closure $clientOf,
        private readonly RunPins $pins,
        private readonly RunStarts $starts,
        private readonly Clock $clock,
        private readonly int $patienceMs,
    ) {
    }

    public function driverName(): string
    {
        return $this->configured->value;
    }

    public function startAndStream(
        Principal $principal,
        StartRun $start,
        Frame $frame,
        StreamFrom $from,
    ): RunStream {
        $run = $start->run;
        $begun = $this->begun($run);
        if ($begun === Driver::Legacy) {
            throw new ResumeNotSupported('the legacy driver has this message already');
        }
        if ($begun !== null) {
            return $this->of($run)->startAndStream($principal, $start, $frame, $from);
        }
        $driver = $this->driver($run);
        if ($driver === Driver::Legacy) {
            $this->starts->done($run);
        }
        try {
            $stream = ($this->clientOf)($driver)->startAndStream($principal, $start, $frame, $from);
        } catch (RuntimeException $error) {
            $this->starts->giveBack($run, $error->surelyRefused());
            throw $error;
        }
        $this->starts->done($run);
        unset($this->drivers[$run->runId]);
        $this->driver($run);

        return $stream;
    }

    public function startRun(Principal $principal, StartRun $start): RunHandle
    {
        return $this->of($start->run)->startRun($principal, $start);
    }

    public function appendFrame(Principal $principal, RunRef $run, Frame $frame): FrameReceipt
    {
        return $this->of($run)->appendFrame($principal, $run, $frame);
    }

    public function streamRun(Principal $principal, RunRef $run, StreamFrom $from): RunStream
    {
        return $this->of($run)->streamRun($principal, $run, $from);
    }

    public function signStream(Principal $principal, RunRef $run, StreamFrom $from): ?SignedStream
    {
        return $this->of($run)->signStream($principal, $run, $from);
    }

    public function cancelRun(Principal $principal, RunRef $run, ?string $reason = null): CancelResult
    {
        return $this->of($run)->cancelRun($principal, $run, $reason);
    }

    public function getRun(Principal $principal, RunRef $run): RunSnapshot
    {
        return $this->of($run)->getRun($principal, $run);
    }

    public function messages(Principal $principal, RunRef $run): Transcript
    {
        return $this->of($run)->messages($principal, $run);
    }

    /** The driver that has begun the run; null when it is this request's to start, or has no pin. */
    private function begun(RunRef $run): ?Driver
    {
        $deadline = $this->clock->monotonicMs() + $this->patienceMs;
        while (($pin = $this->pins->find($run)) !== null) {
            if ($pin->started) {
                return $this->drivers[$run->runId] = $pin->driver;
            }
            if ($this->starts->take($pin)) {
                return null;
            }
            if ($this->clock->monotonicMs() >= $deadline) {
                throw new RuntimeUnavailable('another request is starting the same run', retryAfterS: 1);
            }
            $this->clock->sleepMs(self::LOOK_AGAIN_MS);
        }

        return null;
    }

    private function of(RunRef $run): RuntimeClient
    {
        return ($this->clientOf)($this->driver($run));
    }

    private function driver(RunRef $run): Driver
    {
        return $this->drivers[$run->runId] ??= $this->pins->find($run)?->driver ?? $this->configured;
    }
}
