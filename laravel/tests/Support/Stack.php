<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use Closure;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Values\RunRef;
use PDO;
use RuntimeException;

/** The stack that the tests run against, and the site before it. */
final class Stack
{
    public static function client(array $http = []): RuntimeClient
    {
        return Wiring::client(self::baseUrl(), $http + self::key());
    }

    public static function baseUrl(): string
    {
        return self::state()['base_url'];
    }

    /** @return array{signing_key: string, signing_key_id: string} */
    public static function key(): array
    {
        return array_intersect_key(self::state(), ['signing_key' => 0, 'signing_key_id' => 0]);
    }

    public static function site(): string
    {
        return self::setting('OA_LARAVEL_SITE');
    }

    /** The site where nginx carries the streams. */
    public static function accelSite(): string
    {
        return self::setting('OA_LARAVEL_ACCEL_SITE');
    }

    /** Kills a role and waits for its successor, which the stack starts by itself. */
    public static function kill(string $role): void
    {
        $old = self::state()['roles'][$role]['pid'];
        posix_kill($old, SIGKILL);
        self::eventually(static fn (): bool => self::state()['roles'][$role]['pid'] !== $old, "a new {$role}");
    }

    public static function eventually(Closure $look, string $what, float $withinS = 20): mixed
    {
        $deadline = microtime(true) + $withinS;
        while (!($found = $look())) {
            if (microtime(true) > $deadline) {
                throw new RuntimeException("not within {$withinS} s: {$what}");
            }
            usleep(20_000);
        }

        return $found;
    }

    /** Open connections to the web process, as the kernel has them. */
    public static function connections(): int
    {
        $port = sprintf(':%04X', parse_url(self::baseUrl(), PHP_URL_PORT));
        $rows = preg_grep("/^ *\\d+: \\S+{$port} \\S+ 01 /", file('/proc/net/tcp'));

        return count($rows);
    }

    /** How many signed requests of that second and later the service has let in. */
    public static function requestsSince(int $second): int
    {
        $found = self::database()->query(
            'select count(*) from runtime.auth_nonces where expires_at >= to_timestamp(' . ($second + 60) . ')'
        );

        return (int) $found->fetchColumn();
    }

    /** How often the runtime has begun to execute the run, as its log has it. */
    public static function executions(RunRef $run): int
    {
        $found = self::database()->prepare("select count(*) from runtime.run_events where run_id = ? and event_type = 'run.started'");
        $found->execute([$run->runId]);

        return (int) $found->fetchColumn();
    }

    /** @return array<string, ?string> the row of a thread's only message */
    public static function pin(string $thread): array
    {
        $site = new PDO('sqlite:' . self::setting('OA_LARAVEL_HOME') . '/chat.sqlite');
        $found = $site->prepare('select * from runtime_run_pins where thread_id = ?');
        $found->execute([$thread]);
        $rows = $found->fetchAll(PDO::FETCH_ASSOC);

        return count($rows) === 1 ? $rows[0] : throw new RuntimeException('not one row, but ' . count($rows));
    }

    public static function fresh(string $prefix): string
    {
        return $prefix . bin2hex(random_bytes(6));
    }

    /** @return array<string, mixed> `stack.json` as it is now */
    private static function state(): array
    {
        $text = (string) file_get_contents(self::setting('OA_LARAVEL_STACK'));

        return json_decode($text, true, 16, JSON_THROW_ON_ERROR);
    }

    private static function database(): PDO
    {
        $url = parse_url(self::state()['owner_database_url']);

        return new PDO(
            "pgsql:host={$url['host']};port={$url['port']};dbname=" . ltrim($url['path'], '/'),
            $url['user'],
            $url['pass']
        );
    }

    private static function setting(string $name): string
    {
        return getenv($name) ?: throw new RuntimeException("{$name} is not set: run `make test-laravel`");
    }
}
