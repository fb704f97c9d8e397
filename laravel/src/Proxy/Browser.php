<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Proxy;

/** Where a stream goes. */
interface Browser
{
    /** Makes ready for a long answer: nothing is buffered, nothing is held that others need. */
    public function prepare(): void;

    /** Sends bytes on at once. */
    public function write(string $bytes): void;

    /** Whether it has left, as far as the last write could tell. */
    public function gone(): bool;
}
