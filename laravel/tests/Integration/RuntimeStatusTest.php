<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Tests\Support\BuiltInServer;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use PHPUnit\Framework\TestCase;

/** `php artisan runtime:status`. */
final class RuntimeStatusTest extends TestCase
{
    public function testAReadyRuntime(): void
    {
        [$code, $said] = $this->artisan([]);
        self::assertSame(0, $code, $said);
        self::assertStringContainsString('ready: ' . Stack::baseUrl(), $said);
        self::assertStringContainsString(Stack::key()['signing_key_id'] . ':***', $said);
        self::assertStringNotContainsString(Stack::key()['signing_key'], $said);
    }

    public function testItSaysWhichKeysTheRuntimeHas(): void
    {
        self::assertStringContainsString('its keys: ' . Stack::key()['signing_key_id'], $this->artisan([])[1]);
        [$code, $said] = $this->artisan(['OA_RUNTIME_SIGNING_KEY_ID' => 'retired']);
        self::assertSame(1, $code);
        self::assertStringContainsString('it does not have the key retired', $said);
    }

    public function testItShowsTheBreakerAndTheFallbacks(): void
    {
        $nobody = ['OA_RUNTIME_BASE_URL' => 'http://127.0.0.1:9', 'OA_RUNTIME_MAX_RETRIES' => '0'];
        $cache = ['OA_LARAVEL_CACHE' => getenv('OA_LARAVEL_HOME') . '/' . Stack::fresh('cache-')];
        self::assertStringContainsString('breaker: closed', $this->artisan($cache)[1]);
        $site = new BuiltInServer($nobody + $cache);
        foreach (range(1, 6) as $_) {
            Page::send(Stack::fresh('u7.'), 'hello', 'scripted/echo', site: $site->url)->untilEnd();
        }
        $said = $this->artisan($cache)[1];
        self::assertMatchesRegularExpression('/breaker: open, for \d+ s more/', $said);
        self::assertMatchesRegularExpression('/fallbacks: .*\d+ connect_failed, \d+ breaker_open/', $said);
    }

    public function testARuntimeThatIsAway(): void
    {
        [$code, $said] = $this->artisan(['OA_RUNTIME_BASE_URL' => 'http://127.0.0.1:9']);
        self::assertSame(1, $code);
        self::assertStringContainsString('not ready', $said);
    }

    public function testTheLegacyDriverNeedsNone(): void
    {
        $legacy = ['OA_RUNTIME_DRIVER' => 'legacy', 'OA_RUNTIME_BASE_URL' => 'http://127.0.0.1:9'];
        self::assertSame(0, $this->artisan($legacy)[0]);
    }

    public function testAShortKeyKeepsTheApplicationFromStarting(): void
    {
        [$code, $said] = $this->artisan(['OA_RUNTIME_SIGNING_KEY' => 'too-short']);
        self::assertNotSame(0, $code);
        self::assertStringContainsString('at least 32 bytes', $said);
        self::assertStringNotContainsString('too-short', $said);
    }

    /**
     * @param array<string, string> $env
     *
     * @return array{int, string}
     */
    private function artisan(array $env): array
    {
        $process = proc_open(
            [PHP_BINARY, dirname(__DIR__) . '/app/artisan', 'runtime:status', '--no-ansi'],
            [1 => ['pipe', 'w'], 2 => ['redirect', 1]],
            $pipes,
            null,
            $env + getenv()
        );
        $said = (string) stream_get_contents($pipes[1]);

        return [proc_close($process), $said];
    }
}
