<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use Closure;
use OpenAgents\Runtime\Sse\CurlTransport;
use OpenAgents\Runtime\Sse\SseConnection;

/** A browser's page with an open request: reads when told to. */
final class Page
{
    public string $received = '';
    private readonly SseConnection $connection;

    public function __construct(
        string $method,
        string $path,
        string $who,
        ?array $body = null,
        array $headers = [],
        ?string $site = null,
    ) {
        $this->connection = (new CurlTransport(2000))->open(
            $method,
            ($site ?? Stack::site()) . $path,
            ['X-Test-Who' => $who, 'Content-Type' => 'application/json'] + $headers,
            $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR)
        );
    }

    /** A message in a thread, as `useChat` posts it. */
    public static function send(
        string $thread,
        string $text,
        string $model,
        string $messageId = 'm1',
        ?string $site = null,
    ): self {
        $message = ['id' => $messageId, 'role' => 'user', 'parts' => [['type' => 'text', 'text' => $text]]];
        $body = ['id' => $thread, 'messages' => [$message], 'trigger' => 'submit-message'];

        return new self('POST', '/api/chat', strtok($thread, '.'), $body, ['X-Test-Model' => $model], $site);
    }

    public static function resume(string $thread, array $headers = [], ?string $who = null, ?string $site = null): self
    {
        return new self('GET', "/api/chat/{$thread}/stream", $who ?? strtok($thread, '.'), null, $headers, $site);
    }

    public static function history(string $thread, ?string $who = null, ?string $site = null): self
    {
        return new self('GET', "/api/chat/{$thread}/messages", $who ?? strtok($thread, '.'), site: $site);
    }

    public static function cancel(string $thread, ?string $who = null, ?string $site = null): self
    {
        return new self('POST', "/api/chat/{$thread}/cancel", $who ?? strtok($thread, '.'), [], site: $site);
    }

    /** Reads what there is, waiting at most so long for the first of it. */
    public function look(int $waitMs): void
    {
        $this->received .= $this->connection->read($waitMs);
    }

    /** @param Closure(self): bool $enough */
    public function until(Closure $enough, string $what, float $withinS = 30): self
    {
        Stack::eventually(function () use ($enough): bool {
            $this->look(20);

            return $enough($this);
        }, $what, $withinS);

        return $this;
    }

    public function untilDeltas(int $count): self
    {
        return $this->until(
            static fn (self $page): bool => substr_count($page->received, '"text-delta"') >= $count,
            "{$count} deltas"
        );
    }

    public function untilEnd(float $withinS = 30): self
    {
        return $this->until(static fn (self $page): bool => $page->ended(), 'the end of the answer', $withinS);
    }

    public function ended(): bool
    {
        return $this->connection->ended();
    }

    public function status(): ?int
    {
        return $this->connection->status();
    }

    public function header(string $name): ?string
    {
        return $this->connection->header($name);
    }

    public function leave(): void
    {
        $this->connection->close();
    }

    /** @return array<string, mixed> */
    public function json(): array
    {
        return json_decode($this->received, true, 16, JSON_THROW_ON_ERROR);
    }

    /** The events as they came, comments and `retry:` left out. */
    public function events(): string
    {
        return Blocks::events($this->received);
    }
}
