<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Config;

use InvalidArgumentException;
use OpenAgents\Runtime\Signing\SigningKey;

/** The package's configuration, checked as a whole at boot. */
final class RuntimeConfig
{
    private const MAX_LIFETIME_S = 300;
    private const HOUR_MS = 3_600_000;

    private function __construct(
        public readonly Driver $driver,
        public readonly HttpSettings $http,
        public readonly StreamSettings $stream,
        public readonly ?SigningKey $signingKey,
        public readonly int $signatureTtlS,
        public readonly bool $fallback,
    ) {
    }

    /**
     * @param array<string, mixed> $values `config/runtime.php`
     * @param bool $anyKeyLength for tests: let a signing key be shorter than 32 bytes
     *
     * @throws InvalidArgumentException names the key that is wrong or missing
     */
    public static function from(array $values, bool $anyKeyLength = false): self
    {
        $driver = Driver::named((string) ($values['driver'] ?? ''));
        $http = new Section('http', $values['http'] ?? []);
        $stream = new Section('stream', $values['stream'] ?? []);

        return new self(
            $driver,
            new HttpSettings(
                self::baseUrl($http->text('base_url')),
                $http->whole('connect_timeout_ms', 1, 60_000),
                $http->whole('timeout_ms', 1, 60_000),
                $http->whole('max_retries', 0, 10),
                $http->whole('retry_backoff_ms', 0, 10_000),
            ),
            new StreamSettings(
                $stream->whole('idle_ms', 100, self::HOUR_MS),
                $stream->whole('max_age_ms', 100, self::HOUR_MS),
                $stream->whole('reconnect_budget_ms', 0, self::HOUR_MS),
                $stream->whole('probe_ms', 50, 60_000),
                $stream->flag('accel'),
            ),
            self::key($http, $values['http']['signing_key'] ?? null, $driver, $anyKeyLength),
            $http->whole('signature_ttl_seconds', 1, self::MAX_LIFETIME_S),
            (new Section('fallback', $values['fallback'] ?? []))->flag('enabled'),
        );
    }

    private static function baseUrl(string $url): string
    {
        $parts = parse_url($url);
        $scheme = $parts['scheme'] ?? '';
        if (!in_array($scheme, ['http', 'https'], true) || !isset($parts['host']) || isset($parts['user'])) {
            throw new InvalidArgumentException('runtime.http.base_url must be an http or https address');
        }

        return rtrim($url, '/');
    }

    /** A host that only uses the legacy driver needs no key; one that is there must be good. */
    private static function key(Section $http, mixed $given, Driver $driver, bool $anyLength): ?SigningKey
    {
        if (($given === null || $given === '') && $driver === Driver::Legacy) {
            return null;
        }
        $id = $http->text('signing_key_id');
        $secret = $http->text('signing_key');

        return $anyLength ? SigningKey::ofAnyLength($id, $secret) : SigningKey::of($id, $secret);
    }
}
