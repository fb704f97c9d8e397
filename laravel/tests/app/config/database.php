<?php

declare(strict_types=1);

return [
    'default' => 'sqlite',
    'migrations' => 'migrations',
    'connections' => [
        'sqlite' => [
            'driver' => 'sqlite',
            'database' => getenv('OA_LARAVEL_HOME') . '/chat.sqlite',
            'prefix' => '',
            'foreign_key_constraints' => true,
        ],
    ],
];
