<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Config;

/** How the runtime is reached. */
final class HttpSettings
{
    /**
     * @param string $baseUrl scheme, host and port, without a slash at the end
     * @param int $timeoutMs of a whole call, retries included
     */
    public function __construct(
        public readonly string $baseUrl,
        public readonly int $connectTimeoutMs = 2500,
        public readonly int $timeoutMs = 10_000,
        public readonly int $maxRetries = 2,
        public readonly int $retryBackoffMs = 200,
    ) {
    }
}
