<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use Illuminate\Http\Client\Factory;
use OpenAgents\Runtime\Config\RuntimeConfig;
use OpenAgents\Runtime\Config\StreamSettings;
use OpenAgents\Runtime\Http\HttpClients;
use OpenAgents\Runtime\Http\Trace;
use OpenAgents\Runtime\Proxy\Resumption;
use OpenAgents\Runtime\Proxy\SseProxy;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Support\Clock;
use OpenAgents\Runtime\Support\SystemClock;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StreamFrom;

/** Clients and proxies without an application around them. */
final class Wiring
{
    public static function config(string $url, array $http = []): RuntimeConfig
    {
        return RuntimeConfig::from([
            'driver' => 'runtime',
            'http' => $http + [
                'base_url' => $url,
                'connect_timeout_ms' => 1000,
                'timeout_ms' => 5000,
                'max_retries' => 2,
                'retry_backoff_ms' => 20,
                'signing_key' => str_repeat('k', 32),
                'signing_key_id' => 'runtime-v1',
                'signature_ttl_seconds' => 60,
            ],
            'fallback' => ['enabled' => false],
            'stream' => [
                'idle_ms' => 40_000, 'max_age_ms' => 900_000, 'reconnect_budget_ms' => 60_000, 'probe_ms' => 750,
                'accel' => false,
            ],
        ]);
    }

    public static function client(
        string $url,
        array $http = [],
        ?Factory $factory = null,
        ?Clock $clock = null,
    ): RuntimeClient {
        return HttpClients::make(
            self::config($url, $http),
            $factory ?? new Factory(),
            Trace::fresh(),
            $clock ?? new SystemClock()
        );
    }

    /** What a browser gets of a run, from the beginning. */
    public static function carry(
        RuntimeClient $client,
        RunRef $run,
        ?StreamSettings $settings = null,
        ?CapturedBrowser $browser = null,
    ): CapturedBrowser {
        $browser ??= new CapturedBrowser();
        $principal = Principal::user(42);
        $from = StreamFrom::beginning();
        (new SseProxy(
            $client->streamRun($principal, $run, $from),
            new Resumption($client, $principal, $run, $from),
            $browser,
            $settings ?? new StreamSettings(),
            new SystemClock(),
        ))->run();

        return $browser;
    }
}
