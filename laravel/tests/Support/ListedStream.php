<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Sse\SseBlock;
use OpenAgents\Runtime\Values\RunRef;
use Traversable;

/** Blocks from a list, then an end, a break or silence. */
final class ListedStream implements RunStream
{
    public bool $closed = false;

    /** @param list<string> $blocks */
    public function __construct(
        private array $blocks,
        private readonly FakeClock $clock,
        private readonly ?RuntimeException $breaks = null,
        private readonly bool $silent = false,
    ) {
    }

    public function run(): RunRef
    {
        return new RunRef('r', 't');
    }

    public function next(int $waitMs): ?SseBlock
    {
        $raw = array_shift($this->blocks);
        if ($raw === null && $this->breaks !== null) {
            throw $this->breaks;
        }
        if ($raw === null) {
            $this->clock->pass($waitMs);
        }

        return $raw === null ? null : SseBlock::of($raw);
    }

    public function ended(): bool
    {
        return $this->blocks === [] && !$this->silent && $this->breaks === null;
    }

    public function silentMs(): int
    {
        return 0;
    }

    public function close(): void
    {
        $this->closed = true;
    }

    public function getIterator(): Traversable
    {
        while (($block = $this->next(0)) !== null) {
            yield $block;
        }
    }
}
