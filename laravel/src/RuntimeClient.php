<?php

declare(strict_types=1);

namespace OpenAgents\Runtime;

use OpenAgents\Runtime\Errors\RuntimeException;
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

/** What a control plane asks of whoever executes runs. Every call may throw a RuntimeException. */
interface RuntimeClient
{
    /** `legacy` or `runtime`. */
    public function driverName(): string;

    public function startRun(Principal $principal, StartRun $start): RunHandle;

    public function appendFrame(Principal $principal, RunRef $run, Frame $frame): FrameReceipt;

    /** The run's stream; errors before its first byte are thrown here, not while it is read. */
    public function streamRun(Principal $principal, RunRef $run, StreamFrom $from): RunStream;

    /** The request of `streamRun`, for others to send; null when the run's driver has no such request. */
    public function signStream(Principal $principal, RunRef $run, StreamFrom $from): ?SignedStream;

    /** Starts the run, appends the frame and streams, in one. The same ids again attach to the run. */
    public function startAndStream(
        Principal $principal,
        StartRun $start,
        Frame $frame,
        StreamFrom $from,
    ): RunStream;

    public function cancelRun(Principal $principal, RunRef $run, ?string $reason = null): CancelResult;

    /** @throws RuntimeException */
    public function getRun(Principal $principal, RunRef $run): RunSnapshot;

    /** What has been said in the run so far, but for an answer that is under way. */
    public function messages(Principal $principal, RunRef $run): Transcript;
}
