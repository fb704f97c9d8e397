<?php

declare(strict_types=1);

// Debian's php-laravel-framework has no Composer autoloader, and none for Illuminate\Foundation.
require_once 'Illuminate/autoload.php';
require_once 'GuzzleHttp/autoload.php';
require_once 'Illuminate/Foundation/helpers.php';

spl_autoload_register(static function (string $class): void {
    $roots = [
        'OpenAgents\\Runtime\\Tests\\' => __DIR__ . '/',
        'OpenAgents\\Runtime\\' => dirname(__DIR__) . '/src/',
        'Illuminate\\Foundation\\' => 'Illuminate/Foundation/',
    ];
    foreach ($roots as $prefix => $root) {
        if (str_starts_with($class, $prefix)) {
            $file = $root . strtr(substr($class, strlen($prefix)), '\\', '/') . '.php';
            if (stream_resolve_include_path($file) !== false) {
                require $file;
            }

            return;
        }
    }
});
