<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use Closure;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Support\Clock;

/** Attempts at one request, within a number and a time. What is sent must be idempotent. */
final class Retry
{
    public function __construct(
        private readonly Clock $clock,
        private readonly Backoff $backoff,
        private readonly int $maxRetries,
        private readonly int $withinMs,
    ) {
    }

    /**
     * @template T
     *
     * @param Closure(int): T $attempt is given the milliseconds that it may take
     *
     * @return T
     *
     * @throws RuntimeException the last attempt's; an earlier one's of unknown outcome, when that says more
     */
    public function run(Closure $attempt): mixed
    {
        $deadline = $this->clock->monotonicMs() + $this->withinMs;
        $unknown = null;
        for ($retry = 1;; ++$retry) {
            try {
                return $attempt(max(1, $deadline - $this->clock->monotonicMs()));
            } catch (RuntimeException $error) {
                $waitMs = $this->waitMs($error, $retry, $deadline);
                if ($waitMs === null) {
                    throw match (true) {
                        $unknown === null => $error,
                        $error->isRetryable() => $unknown,
                        default => $error->afterUnknown(),
                    };
                }
                $unknown = $error->outcomeUnknown() ? $error : $unknown;
                $this->clock->sleepMs($waitMs);
            }
        }
    }

    private function waitMs(RuntimeException $error, int $retry, int $deadline): ?int
    {
        if (!$error->isRetryable() || $retry > $this->maxRetries) {
            return null;
        }
        $waitMs = $this->backoff->beforeMs($retry, $error->retryAfterS());
        $leftMs = $deadline - $this->clock->monotonicMs();

        return $waitMs === null || $waitMs >= $leftMs ? null : $waitMs;
    }
}
