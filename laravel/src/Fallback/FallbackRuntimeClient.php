<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Fallback;

use Closure;
use OpenAgents\Runtime\Errors\Conflict;
use OpenAgents\Runtime\Errors\NotFound;
use OpenAgents\Runtime\Errors\RuntimeConnectFailed;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Errors\RuntimeThrottled;
use OpenAgents\Runtime\Errors\RuntimeUnavailable;
use OpenAgents\Runtime\Routing\RunStarts;
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
 * The runtime; the legacy driver for a run that surely is not there.
 *
 * A run falls back when it starts and at no other time, before the first byte, and when the runtime
 * cannot be reached or refuses to the end of the retries. When the outcome is unknown, of this request or
 * of an earlier one for the same run, the runtime is asked; a run that it does not know is withdrawn
 * first, so that a request that is still on its way starts nothing when it arrives. Without an answer
 * the error goes to the caller.
 */
final class FallbackRuntimeClient implements RuntimeClient
{
    private const WITHDRAWN = 'answered by the legacy driver';
    /** The thread or the run is at work in the runtime: an answer from elsewhere would be out of turn. */
    private const TO_BE_OUTWAITED = ['waiting_per_thread', 'frames_per_run', 'streams_per_run'];

    /**
     * @param Closure(RunRef, FallbackReason): void $tells of each run that falls back
     */
    public function __construct(
        private readonly RuntimeClient $runtime,
        private readonly RuntimeClient $legacy,
        private readonly Breaker $breaker,
        private readonly RunStarts $starts,
        private readonly Closure $tells,
    ) {
    }

    public function driverName(): string
    {
        return $this->runtime->driverName();
    }

    public function startAndStream(
        Principal $principal,
        StartRun $start,
        Frame $frame,
        StreamFrom $from,
    ): RunStream {
        if (!$this->breaker->lets()) {
            $error = new RuntimeConnectFailed('the runtime could not be reached; it is not asked for a while');
            $reason = $this->starts->inDoubt($start->run) ? null : FallbackReason::BreakerOpen;
            $this->fallBack($start->run, $reason, $error);

            return $this->legacy->startAndStream($principal, $start, $frame, $from);
        }
        $open = fn (): RunStream => $this->runtime->startAndStream($principal, $start, $frame, $from);
        try {
            return $this->observed($open);
        } catch (RuntimeException $error) {
            if ($this->mayBeThere($start->run, $error) && $this->isThere($principal, $start->run, $error)) {
                $this->starts->doubt($start->run);

                return $open();
            }
            $this->fallBack($start->run, $this->reason($principal, $start->run, $error), $error);

            return $this->legacy->startAndStream($principal, $start, $frame, $from);
        }
    }

    public function startRun(Principal $principal, StartRun $start): RunHandle
    {
        return $this->runtime->startRun($principal, $start);
    }

    public function appendFrame(Principal $principal, RunRef $run, Frame $frame): FrameReceipt
    {
        return $this->runtime->appendFrame($principal, $run, $frame);
    }

    public function streamRun(Principal $principal, RunRef $run, StreamFrom $from): RunStream
    {
        return $this->runtime->streamRun($principal, $run, $from);
    }

    public function signStream(Principal $principal, RunRef $run, StreamFrom $from): ?SignedStream
    {
        return $this->runtime->signStream($principal, $run, $from);
    }

    public function cancelRun(Principal $principal, RunRef $run, ?string $reason = null): CancelResult
    {
        return $this->runtime->cancelRun($principal, $run, $reason);
    }

    public function getRun(Principal $principal, RunRef $run): RunSnapshot
    {
        return $this->runtime->getRun($principal, $run);
    }

    public function messages(Principal $principal, RunRef $run): Transcript
    {
        return $this->runtime->messages($principal, $run);
    }

    /** @param Closure(): RunStream $open */
    private function observed(Closure $open): RunStream
    {
        try {
            $stream = $open();
        } catch (RuntimeConnectFailed $error) {
            $this->breaker->failed();
            throw $error;
        } catch (RuntimeException $error) {
            $this->breaker->answered();
            throw $error;
        }
        $this->breaker->answered();

        return $stream;
    }

    /** Whether it is worth asking: not when the runtime says what is wrong with the request. */
    private function mayBeThere(RunRef $run, RuntimeException $error): bool
    {
        return $error->outcomeUnknown() || $error->isRetryable() && $this->starts->inDoubt($run);
    }

    /** Without an answer nobody knows, and the caller gets the error that it was about. */
    private function isThere(Principal $principal, RunRef $run, RuntimeException $error): bool
    {
        try {
            $this->runtime->getRun($principal, $run);

            return true;
        } catch (NotFound) {
            return false;
        } catch (RuntimeException) {
            throw $error;
        }
    }

    /** Why the run may go to the legacy driver; null when it may not. */
    private function reason(Principal $principal, RunRef $run, RuntimeException $error): ?FallbackReason
    {
        $inDoubt = $error->outcomeUnknown() || $this->starts->inDoubt($run);
        $reason = match (true) {
            $error->outcomeUnknown() => FallbackReason::NotStarted,
            $error instanceof RuntimeConnectFailed => FallbackReason::ConnectFailed,
            $error instanceof RuntimeThrottled => in_array($error->limit(), self::TO_BE_OUTWAITED, true)
                ? null
                : FallbackReason::Throttled,
            $error instanceof RuntimeUnavailable => FallbackReason::Unavailable,
            // With the run, or with what an earlier request began to withdraw it by.
            $inDoubt && $error instanceof Conflict && $error->detail('run_id') !== null => FallbackReason::NotStarted,
            default => null,
        };
        if ($reason === null || !$inDoubt) {
            return $reason;
        }

        return $this->withdraws($principal, $run) ? FallbackReason::NotStarted : null;
    }

    /** Gives the id to a run that says nothing and has ended; whether it was free. */
    private function withdraws(Principal $principal, RunRef $run): bool
    {
        try {
            $this->runtime->startRun($principal, new StartRun($run, ['metadata' => ['withdrawn' => self::WITHDRAWN]]));
            $this->runtime->cancelRun($principal, $run, self::WITHDRAWN);
        } catch (RuntimeException) {
            return false;
        }

        return true;
    }

    /** @throws RuntimeException the error, when the run may not fall back */
    private function fallBack(RunRef $run, ?FallbackReason $reason, RuntimeException $error): void
    {
        if ($reason === null || !$this->starts->fallBack($run, $reason)) {
            throw $error;
        }
        ($this->tells)($run, $reason);
    }
}
