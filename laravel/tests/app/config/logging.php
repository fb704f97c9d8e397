<?php

declare(strict_types=1);

return [
    'default' => 'single',
    'channels' => [
        'single' => ['driver' => 'single', 'path' => getenv('OA_LARAVEL_HOME') . '/laravel.log'],
    ],
];
