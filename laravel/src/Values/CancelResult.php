<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

/** A cancel that was asked for: `canceling`, or the status that the run has ended in. */
final class CancelResult
{
    public function __construct(
        public readonly string $runId,
        public readonly string $status,
        public readonly bool $idempotentReplay,
    ) {
    }
}
