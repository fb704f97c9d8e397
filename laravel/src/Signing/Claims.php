<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Signing;

use OpenAgents\Runtime\Values\Principal;

/** What a request names: for whom it speaks, and about which run and thread. */
final class Claims
{
    public function __construct(
        public readonly Principal $principal,
        public readonly ?string $runId = null,
        public readonly ?string $threadId = null,
    ) {
    }

    /** @return array<string, int|string> in the order in which they are signed */
    public function toArray(): array
    {
        $named = ['run_id' => $this->runId, 'thread_id' => $this->threadId];

        return array_filter($named, static fn (?string $id): bool => $id !== null)
            + $this->principal->claim();
    }
}
