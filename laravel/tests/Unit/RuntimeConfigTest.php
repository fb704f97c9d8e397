<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use InvalidArgumentException;
use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Config\RuntimeConfig;
use PHPUnit\Framework\TestCase;

final class RuntimeConfigTest extends TestCase
{
    private const FILE = __DIR__ . '/../../config/runtime.php';
    /** @var array<string, string> */
    private array $inherited;

    protected function setUp(): void
    {
        $this->inherited = array_filter(
            getenv(),
            static fn (string $name): bool => str_starts_with($name, 'OA_RUNTIME_'),
            ARRAY_FILTER_USE_KEY
        );
        $this->clear();
    }

    protected function tearDown(): void
    {
        $this->clear();
        foreach ($this->inherited as $name => $value) {
            putenv("{$name}={$value}");
        }
    }

    public function testWithoutAnySettingRunsAreTheLegacyDrivers(): void
    {
        $config = RuntimeConfig::from($this->file([]));
        self::assertSame(Driver::Legacy, $config->driver);
        self::assertSame(['http://openagents-runtime:4000', 2500, 10_000, 2, 200], array_values(get_object_vars($config->http)));
        self::assertSame([40_000, 900_000, 60_000, 750, false], array_values(get_object_vars($config->stream)));
        self::assertNull($config->signingKey);
    }

    public function testEarlierNamesCountWhereTheNewOnesAreAbsent(): void
    {
        $config = RuntimeConfig::from($this->file([
            'OA_RUNTIME_ELIXIR_BASE_URL' => 'http://old:1/', 'OA_RUNTIME_ELIXIR_MAX_RETRIES' => '5',
            'OA_RUNTIME_MAX_RETRIES' => '1',
        ]));
        self::assertSame(['http://old:1', 1], [$config->http->baseUrl, $config->http->maxRetries]);
    }

    /** @dataProvider names */
    public function testEveryNameOfADriver(string $name, Driver $driver): void
    {
        $set = ['OA_RUNTIME_DRIVER' => $name, 'OA_RUNTIME_SIGNING_KEY' => str_repeat('k', 32)];
        self::assertSame($driver, RuntimeConfig::from($this->file($set))->driver);
    }

    public function names(): iterable
    {
        yield ['legacy', Driver::Legacy];
        yield ['laravel', Driver::Legacy];
        yield ['openagents.com', Driver::Legacy];
        yield ['runtime', Driver::Runtime];
        yield ['elixir', Driver::Runtime];
        yield ['openagents-runtime', Driver::Runtime];
    }

    /** @dataProvider wrong */
    public function testAWrongValueKeepsTheApplicationFromStarting(array $set, string $about): void
    {
        $this->expectException(InvalidArgumentException::class);
        $this->expectExceptionMessage($about);
        RuntimeConfig::from($this->file($set + ['OA_RUNTIME_DRIVER' => 'runtime', 'OA_RUNTIME_SIGNING_KEY' => str_repeat('k', 32)]));
    }

    public function wrong(): iterable
    {
        yield 'a driver' => [['OA_RUNTIME_DRIVER' => 'python'], 'runtime.driver'];
        yield 'no key' => [['OA_RUNTIME_SIGNING_KEY' => ''], 'signing_key'];
        yield 'a short key' => [['OA_RUNTIME_SIGNING_KEY' => 'short'], '32 bytes'];
        yield 'an address' => [['OA_RUNTIME_BASE_URL' => 'ftp://x'], 'base_url'];
        yield 'an address with a password' => [['OA_RUNTIME_BASE_URL' => 'http://u:p@x'], 'base_url'];
        yield 'a number' => [['OA_RUNTIME_MAX_RETRIES' => 'two'], 'http.max_retries'];
        yield 'a lifetime' => [['OA_RUNTIME_SIGNATURE_TTL_SECONDS' => '301'], 'signature_ttl_seconds'];
        yield 'a flag' => [['OA_RUNTIME_STREAM_ACCEL' => 'nginx'], 'stream.accel'];
        yield 'a stream' => [['OA_RUNTIME_STREAM_IDLE_MS' => '-1'], 'stream.idle_ms'];
    }

    public function testAShortKeyIsForTestsOnly(): void
    {
        $set = ['OA_RUNTIME_DRIVER' => 'runtime', 'OA_RUNTIME_SIGNING_KEY' => 'short'];
        self::assertNotNull(RuntimeConfig::from($this->file($set), anyKeyLength: true)->signingKey);
    }

    /**
     * @param array<string, string> $set
     *
     * @return array<string, mixed>
     */
    private function file(array $set): array
    {
        foreach ($set as $name => $value) {
            putenv("{$name}={$value}");
        }

        return require self::FILE;
    }

    private function clear(): void
    {
        foreach (preg_grep('/\AOA_RUNTIME_/', array_keys(getenv() + $_ENV + $_SERVER)) as $name) {
            putenv($name);
            unset($_ENV[$name], $_SERVER[$name]);
        }
    }
}
