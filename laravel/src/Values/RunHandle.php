<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

/** A run that has been started, now or before. */
final class RunHandle
{
    public function __construct(
        public readonly RunRef $run,
        public readonly string $status,
        public readonly int $latestSeq,
        public readonly bool $idempotentReplay,
    ) {
    }
}
