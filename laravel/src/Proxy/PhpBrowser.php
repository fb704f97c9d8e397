<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Proxy;

use Closure;

/** The browser at the other end of this PHP request. */
final class PhpBrowser implements Browser
{
    /** @param Closure(): void $letGo gives back what the application holds, such as its connections */
    public function __construct(private readonly Closure $letGo)
    {
    }

    public function prepare(): void
    {
        ($this->letGo)();
        if (session_status() === PHP_SESSION_ACTIVE) {
            session_write_close();
        }
        set_time_limit(0);
        // Else PHP ends the script at the first write after the browser left, the upstream still open.
        ignore_user_abort(true);
        while (ob_get_level() > 0 && ob_end_clean()) {
            continue;
        }
    }

    public function write(string $bytes): void
    {
        echo $bytes;
        flush();
    }

    public function gone(): bool
    {
        return connection_aborted() === 1;
    }
}
