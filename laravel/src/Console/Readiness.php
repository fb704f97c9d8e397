<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Console;

use Illuminate\Http\Client\ConnectionException;
use Illuminate\Http\Client\Factory;
use Illuminate\Http\Client\Response;
use OpenAgents\Runtime\Config\RuntimeConfig;
use OpenAgents\Runtime\Support\Clock;
use OpenAgents\Runtime\Support\Json;

/** Whether the runtime would let this application's requests in. */
final class Readiness
{
    /** Further apart, tokens of a slow clock are refused. */
    private const MAX_SKEW_S = 30;

    public function __construct(
        private readonly RuntimeConfig $config,
        private readonly Factory $http,
        private readonly Clock $clock,
    ) {
    }

    /** @return array{bool, string} whether it is ready, and what was found */
    public function look(): array
    {
        $http = $this->config->http;
        try {
            $answer = $this->http
                ->withOptions([
                    'connect_timeout' => $http->connectTimeoutMs / 1000,
                    'timeout' => $http->timeoutMs / 1000,
                    'http_errors' => false,
                ])
                ->get("{$http->baseUrl}/readyz");
        } catch (ConnectionException $error) {
            return [false, $error->getMessage()];
        }
        $apartS = $this->apartS($answer);
        $keys = (array) (Json::object($answer->body())['keys'] ?? []);
        $ours = $this->config->signingKey?->id;
        $trouble = match (true) {
            $answer->status() !== 200 => "it answers {$answer->status()}: {$answer->body()}",
            abs($apartS) > self::MAX_SKEW_S => "the clocks are {$apartS} s apart",
            $ours !== null && !in_array($ours, $keys, true) => "it does not have the key {$ours}",
            default => null,
        };
        $facts = "clocks {$apartS} s apart, its keys: " . implode(', ', $keys);

        return [$trouble === null, "{$http->baseUrl}, " . ($trouble ?? $facts)];
    }

    /** Ours minus the runtime's, in seconds. */
    private function apartS(Response $answer): int
    {
        $theirS = strtotime($answer->header('Date'));

        return $theirS === false ? 0 : $this->clock->unixSeconds() - $theirS;
    }
}
