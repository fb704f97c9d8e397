<?php

declare(strict_types=1);

namespace OpenAgents\Runtime;

use Illuminate\Contracts\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Support\ServiceProvider;
use OpenAgents\Runtime\Chat\PlainRunPlanner;
use OpenAgents\Runtime\Chat\RunPlanner;
use OpenAgents\Runtime\Config\RuntimeConfig;
use OpenAgents\Runtime\Console\RuntimeStatus;
use OpenAgents\Runtime\Http\Trace;
use OpenAgents\Runtime\Routing\Clients;
use OpenAgents\Runtime\Support\Clock;
use OpenAgents\Runtime\Support\SystemClock;

/** The wiring. A configuration that is wrong keeps the application from starting. */
final class RuntimeServiceProvider extends ServiceProvider
{
    private const CONFIG = __DIR__ . '/../config/runtime.php';

    public function register(): void
    {
        $this->mergeConfigFrom(self::CONFIG, 'runtime');
        $this->app->singleton(RuntimeConfig::class, static fn (Application $app): RuntimeConfig => RuntimeConfig::from(
            $app->make('config')->get('runtime'),
            anyKeyLength: $app->environment('testing')
        ));
        $this->app->singleton(Clock::class, SystemClock::class);
        $this->app->bind(RunPlanner::class, PlainRunPlanner::class);
        $this->app->scoped(Trace::class, static fn (Application $app): Trace => self::trace($app->make('request')));
        $this->app->scoped(RuntimeClient::class, static fn (Application $app): RuntimeClient => Clients::routed($app));
    }

    public function boot(): void
    {
        $this->app->make(RuntimeConfig::class);
        if ($this->app->runningInConsole()) {
            $this->publishes([self::CONFIG => $this->app->configPath('runtime.php')], 'runtime-config');
            $this->loadMigrationsFrom(__DIR__ . '/../database/migrations');
            $this->commands([RuntimeStatus::class]);
        }
    }

    private static function trace(Request $request): Trace
    {
        return Trace::of(
            $request->headers->get('X-Request-Id'),
            $request->headers->get('traceparent'),
            $request->headers->get('tracestate')
        );
    }
}
