<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Sse;

/** Opens connections whose answer is read as it comes. */
interface SseTransport
{
    /**
     * @param array<string, string> $headers
     */
    public function open(string $method, string $url, array $headers, string $body): SseConnection;
}
