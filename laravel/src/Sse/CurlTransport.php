<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Sse;

/** Streams through curl's write callback: Guzzle's `stream` option holds bytes back. */
final class CurlTransport implements SseTransport
{
    public function __construct(private readonly int $connectTimeoutMs)
    {
    }

    public function open(string $method, string $url, array $headers, string $body): SseConnection
    {
        $lines = ['Expect:'];
        foreach ($headers as $name => $value) {
            $lines[] = "{$name}: {$value}";
        }
        $options = [
            CURLOPT_URL => $url,
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => $lines,
            CURLOPT_CONNECTTIMEOUT_MS => $this->connectTimeoutMs,
            CURLOPT_NOSIGNAL => true,
            CURLOPT_TCP_NODELAY => true,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_PROXY => '',
            CURLOPT_FRESH_CONNECT => true,
            // curl reads a hundred times that before it gives control back, and all of it is held.
            CURLOPT_BUFFERSIZE => 4096,
        ];
        if ($body !== '') {
            $options[CURLOPT_POSTFIELDS] = $body;
        }

        return new CurlConnection($options);
    }
}
