<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Config;

/** How a stream is carried to a browser; all in milliseconds. */
final class StreamSettings
{
    public function __construct(
        public readonly int $idleMs = 40_000,
        public readonly int $maxAgeMs = 900_000,
        public readonly int $reconnectBudgetMs = 60_000,
        public readonly int $probeMs = 750,
    ) {
    }
}
