<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use Closure;

/** How long to wait before another attempt, as arithmetic. */
final class Backoff
{
    public const CAP_MS = 2000;
    /** A service that asks for longer is not waited for. */
    public const MAX_RETRY_AFTER_S = 5;

    /** @param Closure(int, int): int $random a number from the first to the second, both included */
    public function __construct(
        private readonly int $baseMs,
        private readonly Closure $random,
    ) {
    }

    public static function of(int $baseMs): self
    {
        return new self($baseMs, random_int(...));
    }

    /**
     * Milliseconds before attempt `$retry` (1 is the first retry); null when it is not worth it.
     * Full jitter: anything from nothing to the doubled base, unless the service named a time.
     */
    public function beforeMs(int $retry, ?int $retryAfterS): ?int
    {
        if ($retryAfterS !== null) {
            return $retryAfterS <= self::MAX_RETRY_AFTER_S ? $retryAfterS * 1000 : null;
        }
        $most = min(self::CAP_MS, $this->baseMs * 2 ** ($retry - 1));

        return ($this->random)(0, $most);
    }
}
