<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Legacy;

use Iterator;
use OpenAgents\Runtime\Errors\RuntimeServerError;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Sse\SseBlock;
use OpenAgents\Runtime\Support\Json;
use OpenAgents\Runtime\Values\RunRef;
use Throwable;
use Traversable;

/**
 * A legacy answer in the form of the runtime's streams, `[DONE]` at its end. Its blocks are numbered
 * so that each is sent by itself; nobody can resume by these numbers.
 */
final class PartStream implements RunStream
{
    private readonly Iterator $parts;
    private bool $begun = false;
    private bool $ended = false;
    private int $number = 0;

    /** @param iterable<array<string, mixed>> $parts */
    public function __construct(private readonly RunRef $run, iterable $parts)
    {
        $this->parts = (static function () use ($parts): Iterator {
            yield from $parts;
        })();
    }

    public function run(): RunRef
    {
        return $this->run;
    }

    /** Waits for the driver, however long it takes: it is code of this process. */
    public function next(int $waitMs): ?SseBlock
    {
        if ($this->ended) {
            return null;
        }
        try {
            $this->begun ? $this->parts->next() : $this->parts->rewind();
            $this->begun = true;
            $part = $this->parts->valid() ? $this->parts->current() : null;
        } catch (Throwable $error) {
            $this->ended = true;
            throw new RuntimeServerError('the legacy driver failed', previous: $error);
        }
        $this->ended = $part === null;

        return $this->block($part === null ? '[DONE]' : Json::encode($part));
    }

    public function ended(): bool
    {
        return $this->ended;
    }

    public function silentMs(): int
    {
        return 0;
    }

    public function close(): void
    {
        $this->ended = true;
    }

    public function getIterator(): Traversable
    {
        while (($block = $this->next(0)) !== null) {
            yield $block;
        }
    }

    private function block(string $data): SseBlock
    {
        ++$this->number;

        return SseBlock::of("id: {$this->number}\ndata: {$data}\n\n");
    }
}
