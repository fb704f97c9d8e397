<?php

declare(strict_types=1);

namespace OpenAgents\Runtime;

use Illuminate\Support\Facades\Route;
use OpenAgents\Runtime\Chat\ChatController;

/** What an application calls in its route files. */
final class Runtime
{
    private const THREAD = '[A-Za-z0-9._:-]{1,180}';

    /** The routes of a chat under `$prefix`, in the middleware that surrounds the call. */
    public static function chatRoutes(string $prefix): void
    {
        $prefix = trim($prefix, '/');
        Route::post($prefix, [ChatController::class, 'send']);
        Route::get("{$prefix}/{thread}/stream", [ChatController::class, 'resume'])
            ->where('thread', self::THREAD);
        Route::get("{$prefix}/{thread}/messages", [ChatController::class, 'history'])
            ->where('thread', self::THREAD);
        Route::post("{$prefix}/{thread}/cancel", [ChatController::class, 'cancel'])
            ->where('thread', self::THREAD);
    }
}
