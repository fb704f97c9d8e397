<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Proxy;

/** How long to wait before another connection, and when to give up. */
final class Reconnect
{
    private const WAITS_MS = [0, 250, 500, 1000];

    private int $attempts = 0;
    private ?int $sinceMs = null;

    public function __construct(private readonly int $budgetMs)
    {
    }

    /** An event came through: the next cut is a new one. */
    public function over(): void
    {
        $this->attempts = 0;
        $this->sinceMs = null;
    }

    /** Milliseconds before the next attempt; null when the budget is spent. */
    public function beforeMs(int $nowMs): ?int
    {
        $this->sinceMs ??= $nowMs;
        $waitMs = self::WAITS_MS[$this->attempts] ?? max(self::WAITS_MS);
        ++$this->attempts;

        return $nowMs + $waitMs - $this->sinceMs > $this->budgetMs ? null : $waitMs;
    }
}
