<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

/** All that a server says in answer to a request, or all that it says within a time. */
final class RawAnswer
{
    private function __construct(
        public readonly int $status,
        public readonly string $head,
        public readonly string $body,
    ) {
    }

    /** @param array<string, string> $headers */
    public static function get(string $url, array $headers, int $withinS = 30): self
    {
        $head = $body = '';
        $curl = curl_init($url);
        curl_setopt_array($curl, [
            CURLOPT_HTTPHEADER => array_map(static fn (string $name): string => "{$name}: {$headers[$name]}", array_keys($headers)),
            CURLOPT_PATH_AS_IS => true,
            CURLOPT_TIMEOUT => $withinS,
            CURLOPT_HEADERFUNCTION => static function ($_, string $line) use (&$head): int {
                $head .= $line;

                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => static function ($_, string $bytes) use (&$body): int {
                $body .= $bytes;

                return strlen($bytes);
            },
        ]);
        curl_exec($curl);

        return new self(curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $head, $body);
    }

    /** @return list<string> in lower case, in order, each as often as it came */
    public function headerNames(): array
    {
        preg_match_all('/^([\w-]+):/m', strtolower($this->head), $names);
        sort($names[1]);

        return $names[1];
    }
}
