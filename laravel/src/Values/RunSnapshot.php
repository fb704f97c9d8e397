<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

/** A run as it is at `latestSeq`. */
final class RunSnapshot
{
    /** @param array<string, mixed> $fields the whole answer */
    public function __construct(
        public readonly string $runId,
        public readonly string $threadId,
        public readonly string $status,
        public readonly int $latestSeq,
        public readonly bool $ended,
        public readonly array $fields = [],
    ) {
    }
}
