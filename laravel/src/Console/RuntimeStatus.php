<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Console;

use Illuminate\Console\Command;
use Illuminate\Contracts\Cache\Repository;
use Illuminate\Database\ConnectionInterface;
use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Config\RuntimeConfig;
use OpenAgents\Runtime\Fallback\Breaker;
use OpenAgents\Runtime\Fallback\FallbackReason;
use OpenAgents\Runtime\Support\Clock;

/** The values in force, where runs have gone, and whether the runtime is there. */
final class RuntimeStatus extends Command
{
    protected $signature = 'runtime:status';
    protected $description = 'Show the runtime configuration in force and whether the runtime is ready';

    /** 0, or 1 when runs go to the runtime and it is not ready. */
    public function handle(
        RuntimeConfig $config,
        Readiness $readiness,
        ConnectionInterface $database,
        Repository $cache,
        Clock $clock,
    ): int {
        $this->table(['setting', 'value'], self::settings($config));
        $this->line('breaker: ' . self::breaker(new Breaker($cache, $clock), $clock));
        $this->line('fallbacks: ' . self::fallbacks($database));
        [$ready, $said] = $readiness->look();
        $this->line(($ready ? 'ready: ' : 'not ready: ') . $said);

        return $ready || $config->driver === Driver::Legacy ? 0 : 1;
    }

    /** @return list<array{string, string}> */
    private static function settings(RuntimeConfig $config): array
    {
        $key = $config->signingKey;
        $values = ['driver' => $config->driver->value, 'fallback' => $config->fallback]
            + get_object_vars($config->http)
            + ['signingKey' => $key === null ? 'none' : "{$key->id}:***", 'signatureTtlS' => $config->signatureTtlS]
            + get_object_vars($config->stream);

        return array_map(
            static fn (string $name, mixed $value): array => [$name, is_bool($value) ? self::flag($value) : (string) $value],
            array_keys($values),
            $values
        );
    }

    private static function flag(bool $value): string
    {
        return $value ? 'on' : 'off';
    }

    private static function breaker(Breaker $breaker, Clock $clock): string
    {
        $until = $breaker->openUntilS();
        if ($until === 0) {
            return 'closed';
        }
        $leftS = $until - $clock->unixSeconds();

        return $leftS > 0 ? "open, for {$leftS} s more" : 'open, the next request tries';
    }

    /** By their reasons, as far as the pins reach back. */
    private static function fallbacks(ConnectionInterface $database): string
    {
        $counts = [];
        foreach (FallbackReason::cases() as $reason) {
            $count = $database->table('runtime_run_pins')->where('fallback_reason', $reason->value)->count();
            if ($count > 0) {
                $counts[] = "{$count} {$reason->value}";
            }
        }

        return $counts === [] ? 'none' : implode(', ', $counts);
    }
}
