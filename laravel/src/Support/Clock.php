<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Support;

/** The only reader of the time of day, so that tests can own time. */
interface Clock
{
    public function unixSeconds(): int;

    /** Milliseconds from an arbitrary moment; never goes back. */
    public function monotonicMs(): int;

    public function sleepMs(int $ms): void;
}
