<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

/** A frame that has been stored, now or before. */
final class FrameReceipt
{
    /** @param int|null $seq its event; null where the same answer to a tool call stands under another id */
    public function __construct(
        public readonly string $runId,
        public readonly string $frameId,
        public readonly string $status,
        public readonly bool $idempotentReplay,
        public readonly ?int $seq = null,
    ) {
    }
}
