<?php

declare(strict_types=1);

return [
    'default' => 'file',
    'stores' => ['file' => ['driver' => 'file', 'path' => getenv('OA_LARAVEL_CACHE') ?: getenv('OA_LARAVEL_HOME') . '/cache']],
    'prefix' => 'chat',
];
