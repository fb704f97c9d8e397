<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use Illuminate\Support\Facades\Route;
use Illuminate\Support\ServiceProvider;
use OpenAgents\Runtime\Chat\RunPlanner;
use OpenAgents\Runtime\Chat\ThreadAuthorizer;
use OpenAgents\Runtime\Legacy\LegacyDriver;
use OpenAgents\Runtime\Runtime;

/** What a host application adds to the package. */
final class AppProvider extends ServiceProvider
{
    public function register(): void
    {
        $this->app->bind(ThreadAuthorizer::class, HeaderAuthorizer::class);
        $this->app->bind(RunPlanner::class, HeaderPlanner::class);
        $this->app->singleton(LegacyDriver::class, CountingDriver::class);
    }

    public function boot(): void
    {
        Runtime::chatRoutes('api/chat');
        Route::get('alive', static fn (): string => 'alive');
    }
}
