<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Routing;

use Illuminate\Contracts\Cache\Repository;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Database\ConnectionInterface;
use Illuminate\Http\Client\Factory;
use OpenAgents\Runtime\Chat\RunPins;
use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Config\RuntimeConfig;
use OpenAgents\Runtime\Fallback\Breaker;
use OpenAgents\Runtime\Fallback\FallbackReason;
use OpenAgents\Runtime\Fallback\FallbackRuntimeClient;
use OpenAgents\Runtime\Http\HttpClients;
use OpenAgents\Runtime\Http\Trace;
use OpenAgents\Runtime\Legacy\LegacyDriver;
use OpenAgents\Runtime\Legacy\LegacyRuntimeClient;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Support\Clock;
use OpenAgents\Runtime\Values\RunRef;
use Psr\Log\LoggerInterface;

/** The wiring of one request's client. */
final class Clients
{
    /** A start may ask four times: to start, whether it is there, to withdraw it, to cancel it. */
    private const CALLS_OF_A_START = 4;

    /** @var array<string, RuntimeClient> */
    private array $made = [];
    private readonly RuntimeConfig $config;
    private readonly RunStarts $starts;

    private function __construct(private readonly Application $app)
    {
        $this->config = $app->make(RuntimeConfig::class);
        $startS = intdiv($this->config->http->timeoutMs * self::CALLS_OF_A_START, 1000) + 5;
        $this->starts = new RunStarts($app->make(ConnectionInterface::class), $startS);
    }

    public static function routed(Application $app): RuntimeClient
    {
        $clients = new self($app);

        return new RoutedRuntimeClient(
            $clients->config->driver,
            $clients->of(...),
            $app->make(RunPins::class),
            $clients->starts,
            $app->make(Clock::class),
            $clients->config->http->timeoutMs,
        );
    }

    private function of(Driver $driver): RuntimeClient
    {
        return $this->made[$driver->value] ??= $driver === Driver::Legacy ? $this->legacy() : $this->runtime();
    }

    private function legacy(): RuntimeClient
    {
        return new LegacyRuntimeClient($this->app->make(LegacyDriver::class));
    }

    private function runtime(): RuntimeClient
    {
        $http = HttpClients::make(
            $this->config,
            $this->app->make(Factory::class),
            $this->app->make(Trace::class),
            $this->app->make(Clock::class)
        );
        if (!$this->config->fallback || !$this->app->bound(LegacyDriver::class)) {
            return $http;
        }
        $breaker = new Breaker($this->app->make(Repository::class), $this->app->make(Clock::class));

        return new FallbackRuntimeClient($http, $this->of(Driver::Legacy), $breaker, $this->starts, $this->tell(...));
    }

    private function tell(RunRef $run, FallbackReason $reason): void
    {
        $this->app->make(LoggerInterface::class)->warning(
            'a run goes to the legacy driver',
            ['run_id' => $run->runId, 'thread_id' => $run->threadId, 'reason' => $reason->value]
        );
    }
}
