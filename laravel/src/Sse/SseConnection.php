<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Sse;

use OpenAgents\Runtime\Errors\RuntimeException;

/** One answer as it comes. */
interface SseConnection
{
    /**
     * The bytes that have come, waiting at most `$waitMs` for the first; empty when there are none.
     *
     * @throws RuntimeException when the connection fails or breaks; what came before it was given
     */
    public function read(int $waitMs): string;

    /** Null until the answer's head is there. */
    public function status(): ?int;

    /** By name in lower case; null when it is not there. */
    public function header(string $name): ?string;

    /** Whether the answer is complete. */
    public function ended(): bool;

    public function close(): void;
}
