<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Sse;

use IteratorAggregate;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Values\RunRef;

/**
 * A run's stream: iterate it, or ask for block after block with patience of your own.
 *
 * @extends IteratorAggregate<int, SseBlock>
 */
interface RunStream extends IteratorAggregate
{
    public function run(): RunRef;

    /**
     * The next block; null when none came within `$waitMs`, or none will come (see `ended`).
     *
     * @throws RuntimeException when the connection breaks
     */
    public function next(int $waitMs): ?SseBlock;

    /** Whether the other side has ended the stream, and all of it has been read. */
    public function ended(): bool;

    /** Milliseconds since the last byte, heartbeats included. */
    public function silentMs(): int;

    /** Lets go of the connection; cancels nothing. */
    public function close(): void;
}
