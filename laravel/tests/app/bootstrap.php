<?php

declare(strict_types=1);

use Illuminate\Contracts\Console\Kernel as ConsoleKernel;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Http\Kernel as HttpKernel;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Console\Kernel as FoundationConsoleKernel;
use Illuminate\Foundation\Exceptions\Handler;
use Illuminate\Foundation\Http\Kernel as FoundationHttpKernel;

require_once __DIR__ . '/../autoload.php';

// What the framework writes goes to a folder of the test run.
foreach (['SERVICES', 'PACKAGES', 'CONFIG', 'ROUTES', 'EVENTS'] as $kind) {
    $_ENV["APP_{$kind}_CACHE"] = getenv('OA_LARAVEL_HOME') . '/' . strtolower($kind) . '.php';
}

$app = new Application(__DIR__);
$app->useStoragePath((string) getenv('OA_LARAVEL_HOME'));
$app->singleton(HttpKernel::class, FoundationHttpKernel::class);
$app->singleton(ConsoleKernel::class, FoundationConsoleKernel::class);
$app->singleton(ExceptionHandler::class, Handler::class);

return $app;
