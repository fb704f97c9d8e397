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
    private ?int $lastBlockMs = null;

    /** @param list<string|int> $blocks a number: so many milliseconds pass before the next */
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
        $this->lastBlockMs ??= $this->clock->monotonicMs();
        if (is_int($this->blocks[0] ?? null)) {
            return $this->quiet($waitMs);
        }
        $raw = array_shift($this->blocks);
        if ($raw === null && $this->breaks !== null) {
            throw $this->breaks;
        }
        if ($raw === null) {
            $this->clock->pass($waitMs);

            return null;
        }
        $this->lastBlockMs = $this->clock->monotonicMs();

        return SseBlock::of($raw);
    }

    public function ended(): bool
    {
        return $this->blocks === [] && !$this->silent && $this->breaks === null;
    }

    public function silentMs(): int
    {
        return $this->clock->monotonicMs() - ($this->lastBlockMs ?? $this->clock->monotonicMs());
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

    private function quiet(int $waitMs): ?SseBlock
    {
        $passMs = min($waitMs, $this->blocks[0]);
        $this->clock->pass($passMs);
        $this->blocks[0] -= $passMs;
        if ($this->blocks[0] === 0) {
            array_shift($this->blocks);
        }

        return null;
    }
}
