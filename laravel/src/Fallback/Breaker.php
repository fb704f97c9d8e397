<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Fallback;

use Illuminate\Contracts\Cache\Repository;
use OpenAgents\Runtime\Support\Clock;

/**
 * Whether it is worth asking for a connection to the runtime, as all processes that share the cache
 * have found: five failures within 30 s close the way for 30 s, then one request may try.
 *
 * It saves waiting and guards nothing: what two processes write at the same moment may be lost.
 */
final class Breaker
{
    private const FAILURES = 5;
    private const WITHIN_S = 30;
    private const OPEN_S = 30;
    private const KEPT_S = 3600;
    private const PREFIX = 'openagents-runtime.breaker.';

    public function __construct(
        private readonly Repository $cache,
        private readonly Clock $clock,
    ) {
    }

    /** Whether a request may go; the one that may try is told so once. */
    public function lets(): bool
    {
        $until = $this->openUntilS();
        if ($until === 0) {
            return true;
        }

        return $this->clock->unixSeconds() >= $until
            && $this->cache->add(self::PREFIX . "probe.{$until}", 1, self::KEPT_S);
    }

    /** A connection could not be made. */
    public function failed(): void
    {
        $now = $this->clock->unixSeconds();
        $times = array_filter(
            (array) $this->cache->get(self::PREFIX . 'failures', []),
            static fn (int $at): bool => $at > $now - self::WITHIN_S
        );
        $times = array_slice([...$times, $now], -self::FAILURES);
        $this->cache->put(self::PREFIX . 'failures', $times, self::WITHIN_S);
        if ($this->openUntilS() !== 0 || count($times) === self::FAILURES) {
            $this->cache->put(self::PREFIX . 'open', $now + self::OPEN_S, self::KEPT_S);
        }
    }

    /** Something has answered. */
    public function answered(): void
    {
        if ($this->openUntilS() !== 0) {
            $this->cache->put(self::PREFIX . 'open', 0, self::KEPT_S);
            $this->cache->put(self::PREFIX . 'failures', [], self::WITHIN_S);
        }
    }

    /** Until when the way is closed, in Unix seconds; after that for all but one. 0: it is not. */
    public function openUntilS(): int
    {
        return (int) $this->cache->get(self::PREFIX . 'open', 0);
    }
}
