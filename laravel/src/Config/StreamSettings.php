<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Config;

/** How a stream is carried to a browser; all times in milliseconds. */
final class StreamSettings
{
    /** @param bool $accel nginx carries it, where nginx says that it can */
    public function __construct(
        public readonly int $idleMs = 40_000,
        public readonly int $maxAgeMs = 900_000,
        public readonly int $reconnectBudgetMs = 60_000,
        public readonly int $probeMs = 750,
        public readonly bool $accel = false,
    ) {
    }
}
