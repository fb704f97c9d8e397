<?php

declare(strict_types=1);

// A name of the earlier configuration counts where the new one is absent.
$read = static fn (string $name, mixed $default = null): mixed
    => env("OA_RUNTIME_{$name}") ?? env("OA_RUNTIME_ELIXIR_{$name}") ?? $default;

return [
    // legacy | runtime
    'driver' => $read('DRIVER', 'legacy'),

    'http' => [
        'base_url' => $read('BASE_URL', 'http://openagents-runtime:4000'),
        'connect_timeout_ms' => $read('CONNECT_TIMEOUT_MS', 2500),
        // Of a whole call, its retries included.
        'timeout_ms' => $read('TIMEOUT_MS', 10000),
        'max_retries' => $read('MAX_RETRIES', 2),
        'retry_backoff_ms' => $read('RETRY_BACKOFF_MS', 200),
        'signing_key' => $read('SIGNING_KEY'),
        'signing_key_id' => $read('SIGNING_KEY_ID', 'runtime-v1'),
        'signature_ttl_seconds' => $read('SIGNATURE_TTL_SECONDS', 60),
    ],

    'fallback' => [
        // Where the application binds a legacy driver: a run goes there when the runtime is away.
        'enabled' => $read('FALLBACK_ENABLED', true),
    ],

    'stream' => [
        // The runtime pings every 15 s; a stream that is silent for longer than this is dead.
        'idle_ms' => $read('STREAM_IDLE_MS', 40000),
        // After so long the browser is let go, to come back by itself.
        'max_age_ms' => $read('STREAM_MAX_AGE_MS', 900000),
        // So long without a connection, since anything came through, and the browser is told.
        'reconnect_budget_ms' => $read('STREAM_RECONNECT_BUDGET_MS', 60000),
        // In silence a comment is written so often: PHP learns in no other way that a browser left.
        'probe_ms' => $read('STREAM_PROBE_MS', 750),
        // nginx carries streams instead of PHP; it needs the locations that the README has.
        'accel' => $read('STREAM_ACCEL', false),
    ],
];
