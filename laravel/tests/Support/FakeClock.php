<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use OpenAgents\Runtime\Support\Clock;

/** Time that only passes when somebody sleeps. */
final class FakeClock implements Clock
{
    /** @var list<int> */
    public array $slept = [];
    private int $passedMs = 0;

    public function __construct(private readonly int $startS = 1_771_500_000)
    {
    }

    public function unixSeconds(): int
    {
        return $this->startS + intdiv($this->passedMs, 1000);
    }

    public function monotonicMs(): int
    {
        return $this->passedMs;
    }

    public function sleepMs(int $ms): void
    {
        $this->slept[] = $ms;
        $this->passedMs += $ms;
    }

    public function pass(int $ms): void
    {
        $this->passedMs += $ms;
    }
}
