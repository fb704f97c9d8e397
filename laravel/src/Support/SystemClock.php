<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Support;

final class SystemClock implements Clock
{
    public function unixSeconds(): int
    {
        return time();
    }

    public function monotonicMs(): int
    {
        return intdiv(hrtime(true), 1_000_000);
    }

    public function sleepMs(int $ms): void
    {
        if ($ms > 0) {
            usleep($ms * 1000);
        }
    }
}
