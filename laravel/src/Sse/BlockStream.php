<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Sse;

use OpenAgents\Runtime\Support\Clock;
use OpenAgents\Runtime\Values\RunRef;
use Traversable;

/** A connection, read block by block. */
final class BlockStream implements RunStream
{
    private const PATIENCE_MS = 1000;

    private readonly BlockSplitter $splitter;
    /** @var list<SseBlock> */
    private array $waiting = [];
    private int $lastByteMs;

    public function __construct(
        private readonly RunRef $run,
        private readonly SseConnection $connection,
        private readonly Clock $clock,
    ) {
        $this->splitter = new BlockSplitter();
        $this->lastByteMs = $clock->monotonicMs();
    }

    public function run(): RunRef
    {
        return $this->run;
    }

    public function next(int $waitMs): ?SseBlock
    {
        if ($this->waiting === []) {
            $bytes = $this->connection->read($waitMs);
            if ($bytes !== '') {
                $this->lastByteMs = $this->clock->monotonicMs();
                $this->waiting = $this->splitter->feed($bytes);
            }
        }

        return array_shift($this->waiting);
    }

    public function ended(): bool
    {
        return $this->waiting === [] && $this->connection->ended();
    }

    public function silentMs(): int
    {
        return $this->clock->monotonicMs() - $this->lastByteMs;
    }

    public function close(): void
    {
        $this->connection->close();
    }

    public function getIterator(): Traversable
    {
        while (!$this->ended()) {
            $block = $this->next(self::PATIENCE_MS);
            if ($block !== null) {
                yield $block;
            }
        }
    }
}
