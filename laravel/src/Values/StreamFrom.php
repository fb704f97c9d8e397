<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

use InvalidArgumentException;

/**
 * Where a stream begins: after an event, some events before the head, or at the head. It ends with
 * its run, or sooner where the run waits for its client.
 */
final class StreamFrom
{
    private function __construct(
        private readonly ?string $query,
        public readonly ?string $lastEventId,
        private readonly bool $untilClient = false,
    ) {
    }

    /** After event `$seq`; 0 is the beginning. */
    public static function cursor(int $seq): self
    {
        return new self('cursor=' . self::atLeast(0, $seq), null);
    }

    public static function beginning(): self
    {
        return self::cursor(0);
    }

    /** After the last `id:` that a reader has seen. */
    public static function lastEventId(string $id): self
    {
        if (preg_match('/\A[0-9]{1,18}\z/', $id) !== 1) {
            throw new InvalidArgumentException('a Last-Event-ID is a whole number');
        }

        return new self(null, $id);
    }

    /** `$count` events before the head. */
    public static function tail(int $count): self
    {
        return new self('tail=' . self::atLeast(1, $count), null);
    }

    public static function now(): self
    {
        return new self('from=now', null);
    }

    /** The same, that ends once the run waits for nothing but its client. */
    public function untilClient(): self
    {
        return new self($this->query, $this->lastEventId, true);
    }

    /** The same end, after another event. */
    public function after(string $lastEventId): self
    {
        return new self(null, self::lastEventId($lastEventId)->lastEventId, $this->untilClient);
    }

    /** As a query without `?`; may be empty. */
    public function query(): string
    {
        return implode('&', array_filter([$this->query, $this->untilClient ? 'until=client' : null]));
    }

    /** Only where it begins, as a query; empty for a Last-Event-ID. */
    public function place(): string
    {
        return $this->query ?? '';
    }

    /** @return array<string, string> */
    public function headers(): array
    {
        return $this->lastEventId === null ? [] : ['Last-Event-ID' => $this->lastEventId];
    }

    private static function atLeast(int $least, int $number): int
    {
        if ($number < $least) {
            throw new InvalidArgumentException("a place in a stream is at least {$least}");
        }

        return $number;
    }
}
