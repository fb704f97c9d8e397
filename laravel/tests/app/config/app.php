<?php

declare(strict_types=1);

use Illuminate\Cache\CacheServiceProvider;
use Illuminate\Database\DatabaseServiceProvider;
use Illuminate\Filesystem\FilesystemServiceProvider;
use Illuminate\Foundation\Providers\ConsoleSupportServiceProvider;
use Illuminate\Foundation\Providers\FoundationServiceProvider;
use Illuminate\Queue\QueueServiceProvider;
use Illuminate\View\ViewServiceProvider;
use OpenAgents\Runtime\RuntimeServiceProvider;
use OpenAgents\Runtime\Tests\Support\AppProvider;

return [
    'name' => 'chat',
    'env' => 'local',
    'debug' => true,
    'timezone' => 'UTC',
    'locale' => 'en',
    'fallback_locale' => 'en',
    'key' => null,
    'cipher' => 'AES-256-CBC',
    'aliases' => [],
    'providers' => [
        CacheServiceProvider::class,
        ConsoleSupportServiceProvider::class,
        DatabaseServiceProvider::class,
        FilesystemServiceProvider::class,
        FoundationServiceProvider::class,
        QueueServiceProvider::class,
        ViewServiceProvider::class,
        RuntimeServiceProvider::class,
        AppProvider::class,
    ],
];
