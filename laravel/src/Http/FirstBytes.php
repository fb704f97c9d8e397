<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use OpenAgents\Runtime\Sse\SseConnection;

/** A connection whose head is waited for; bytes that come with it are kept for the reader. */
final class FirstBytes implements SseConnection
{
    private string $kept = '';

    public function __construct(private readonly SseConnection $connection)
    {
    }

    /** Waits for something to happen. */
    public function fill(int $waitMs): void
    {
        $this->kept .= $this->connection->read($waitMs);
    }

    public function read(int $waitMs): string
    {
        if ($this->kept === '') {
            return $this->connection->read($waitMs);
        }
        $bytes = $this->kept;
        $this->kept = '';

        return $bytes;
    }

    public function status(): ?int
    {
        return $this->connection->status();
    }

    public function header(string $name): ?string
    {
        return $this->connection->header($name);
    }

    public function ended(): bool
    {
        return $this->kept === '' && $this->connection->ended();
    }

    public function close(): void
    {
        $this->connection->close();
    }
}
