<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Console;

use Illuminate\Console\Command;
use Illuminate\Http\Client\ConnectionException;
use Illuminate\Http\Client\Factory;
use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Config\RuntimeConfig;
use OpenAgents\Runtime\Support\Clock;

/** The values in force, and whether the runtime is there. */
final class RuntimeStatus extends Command
{
    /** Further apart, tokens of a slow clock are refused. */
    private const MAX_SKEW_S = 30;

    protected $signature = 'runtime:status';
    protected $description = 'Show the runtime configuration in force and whether the runtime is ready';

    /** 0, or 1 when runs go to the runtime and it is not ready. */
    public function handle(RuntimeConfig $config, Factory $http, Clock $clock): int
    {
        $this->table(['setting', 'value'], $this->settings($config));
        [$ready, $said] = $this->readiness($config, $http, $clock);
        $this->line(($ready ? 'ready: ' : 'not ready: ') . $said);

        return $ready || $config->driver === Driver::Legacy ? 0 : 1;
    }

    /** @return list<array{string, string}> */
    private function settings(RuntimeConfig $config): array
    {
        $key = $config->signingKey;
        $values = ['driver' => $config->driver->value]
            + get_object_vars($config->http)
            + ['signingKey' => $key === null ? 'none' : "{$key->id}:***", 'signatureTtlS' => $config->signatureTtlS]
            + get_object_vars($config->stream);

        return array_map(
            static fn (string $name, mixed $value): array => [$name, (string) $value],
            array_keys($values),
            $values
        );
    }

    /** @return array{bool, string} */
    private function readiness(RuntimeConfig $config, Factory $http, Clock $clock): array
    {
        try {
            $answer = $http
                ->withOptions([
                    'connect_timeout' => $config->http->connectTimeoutMs / 1000,
                    'timeout' => $config->http->timeoutMs / 1000,
                    'http_errors' => false,
                ])
                ->get($config->http->baseUrl . '/readyz');
        } catch (ConnectionException $error) {
            return [false, $error->getMessage()];
        }
        if ($answer->status() !== 200) {
            return [false, "{$config->http->baseUrl}/readyz answers {$answer->status()}"];
        }
        $theirS = strtotime($answer->header('Date'));
        $apartS = $theirS === false ? 0 : $clock->unixSeconds() - $theirS;
        if (abs($apartS) > self::MAX_SKEW_S) {
            return [false, "the clocks are {$apartS} s apart"];
        }

        return [true, "{$config->http->baseUrl}, clocks {$apartS} s apart"];
    }
}
