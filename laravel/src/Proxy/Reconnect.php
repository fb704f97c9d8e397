<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Proxy;

/**
 * How long to wait before another connection, and when to give up: once so much time has passed without
 * a connection since anything came through. Time with one is not counted, unless nothing came through
 * and it ended in silence: that was none.
 */
final class Reconnect
{
    private const WAITS_MS = [0, 250, 500, 1000];

    private int $attempts = 0;
    private int $withoutMs = 0;
    private ?int $lostAtMs = null;
    private ?int $madeAtMs = null;

    public function __construct(private readonly int $budgetMs)
    {
    }

    /** An event or a heartbeat came through: the next cut is a new one. */
    public function over(): void
    {
        $this->attempts = $this->withoutMs = 0;
        $this->lostAtMs = $this->madeAtMs = null;
    }

    /** There is a connection again; whether anything comes through it remains to be seen. */
    public function made(int $nowMs): void
    {
        $this->withoutMs += $nowMs - ($this->lostAtMs ?? $nowMs);
        $this->lostAtMs = null;
        $this->madeAtMs = $nowMs;
    }

    /** It ended in silence. */
    public function wasNone(int $nowMs): void
    {
        $this->withoutMs += $nowMs - ($this->madeAtMs ?? $nowMs);
        $this->madeAtMs = null;
    }

    /** Milliseconds before the next attempt; null when the budget is spent. */
    public function beforeMs(int $nowMs): ?int
    {
        $this->lostAtMs ??= $nowMs;
        $waitMs = self::WAITS_MS[$this->attempts] ?? max(self::WAITS_MS);
        ++$this->attempts;

        return $this->withoutMs + $nowMs - $this->lostAtMs + $waitMs > $this->budgetMs ? null : $waitMs;
    }
}
