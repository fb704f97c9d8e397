<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

/** A run and the thread that it belongs to; the runtime wants both, always. */
final class RunRef
{
    public function __construct(
        public readonly string $runId,
        public readonly string $threadId,
    ) {
        Identifier::check('run_id', $runId);
        Identifier::check('thread_id', $threadId);
    }
}
