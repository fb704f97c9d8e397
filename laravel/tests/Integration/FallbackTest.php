<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\BuiltInServer;
use OpenAgents\Runtime\Tests\Support\CountingDriver;
use OpenAgents\Runtime\Tests\Support\Gateway;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

/** The runtime is away, refuses or is silent when a run starts: one driver executes it, or none. */
final class FallbackTest extends TestCase
{
    private const NOBODY = 'http://127.0.0.1:9';
    private static ?Gateway $gateway = null;
    private static ?BuiltInServer $site = null;

    public static function setUpBeforeClass(): void
    {
        self::$gateway = new Gateway();
        self::$site = self::site(self::$gateway->url);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site = self::$gateway = null;
    }

    public function testNobodyAtTheAddress(): void
    {
        $thread = Stack::fresh('u7.');
        $site = self::site(self::NOBODY);
        $page = $this->send($thread, $site)->untilEnd();
        $this->fellBack($thread, $page, 'connect_failed');
    }

    /** @dataProvider refusals */
    public function testARefusalToTheEndOfTheRetries(string $how, string $reason): void
    {
        $thread = Stack::fresh("u7.{$how}-");
        $this->fellBack($thread, $this->send($thread)->untilEnd(), $reason);
    }

    public function refusals(): iterable
    {
        yield ['full', 'throttled'];
        yield ['away', 'unavailable'];
    }

    public function testSilenceBeforeTheRunWasThere(): void
    {
        $thread = Stack::fresh('u7.swallow-');
        $run = $this->fellBack($thread, $this->send($thread)->untilEnd(), 'not_started');
        self::assertSame(409, self::$gateway->deliver($thread), 'the request arrives after all');
        self::assertSame([0, 1], $this->executions($run));
    }

    public function testSilenceAfterTheRunWasThere(): void
    {
        $thread = Stack::fresh('u7.deaf-');
        $page = $this->send($thread)->untilEnd();
        self::assertSame('hello', $this->text($page), $page->received);
        $pin = Stack::pin($thread);
        self::assertSame(['runtime', null], [$pin['driver'], $pin['fallback_reason']]);
        self::assertSame([1, 0], $this->executions(new RunRef($pin['run_id'], $thread)));
    }

    public function testSilenceThatNobodyExplainsIsTheCallers(): void
    {
        $thread = Stack::fresh('u7.silent-');
        $page = $this->send($thread)->untilEnd();
        self::assertSame([504, 'timed_out'], [$page->status(), $page->json()['error']['code']]);
        $pin = Stack::pin($thread);
        self::assertSame(['runtime', null, null], [$pin['driver'], $pin['fallback_reason'], $pin['started_at']]);
        self::assertSame([0, 0], $this->executions(new RunRef($pin['run_id'], $thread)));
    }

    public function testARunThatNobodyExplainedIsNotTheLegacyDriversWhenTheRuntimeIsAwayLater(): void
    {
        $thread = Stack::fresh('u7.lost-');
        self::assertSame(504, $this->send($thread)->untilEnd()->status());
        $run = new RunRef(Stack::pin($thread)['run_id'], $thread);
        Stack::eventually(fn (): bool => $this->executions($run) === [1, 0], 'the runtime executes it');
        [$nobody, $direct] = [self::site(self::NOBODY), self::site(Stack::baseUrl())];
        $away = $this->send($thread, $nobody)->untilEnd();
        self::assertSame([503, 'connect_failed'], [$away->status(), $away->json()['error']['code']]);
        self::assertSame('hello', $this->text($this->send($thread, $direct)->untilEnd()));
        self::assertSame([1, 0], $this->executions($run));
    }

    /** @dataProvider ways */
    public function testADoubledMessageIsExecutedOnce(string $how, array $executions): void
    {
        $thread = Stack::fresh("u7.{$how}-");
        $pages = [$this->send($thread), $this->send($thread), $this->send($thread)];
        foreach ($pages as $page) {
            $page->untilEnd();
        }
        $pin = Stack::pin($thread);
        self::assertSame($executions, $this->executions(new RunRef($pin['run_id'], $thread)));
        $answers = array_filter($pages, fn (Page $page): bool => $page->status() === 200);
        self::assertCount($executions[0] === 1 ? 3 : 1, $answers);
        foreach (array_diff_key($pages, $answers) as $page) {
            self::assertSame('resume_not_supported', $page->json()['error']['code']);
        }
    }

    public function ways(): iterable
    {
        yield 'there' => ['fine', [1, 0]];
        yield 'silent at first' => ['deaf', [1, 0]];
        yield 'away' => ['away', [0, 1]];
        yield 'never there' => ['swallow', [0, 1]];
    }

    public function testWithoutTheFallbackTheErrorIsTheCallers(): void
    {
        $thread = Stack::fresh('u7.');
        $site = self::site(self::NOBODY, ['OA_RUNTIME_FALLBACK_ENABLED' => 'false']);
        $page = $this->send($thread, $site)->untilEnd();
        self::assertSame([503, 'connect_failed'], [$page->status(), $page->json()['error']['code']]);
        self::assertSame('runtime', Stack::pin($thread)['driver']);
    }

    public function testAfterFiveFailuresTheWaitIsSkipped(): void
    {
        $site = self::site(self::NOBODY);
        foreach (range(1, 5) as $_) {
            $this->send(Stack::fresh('u7.'), $site)->untilEnd();
        }
        $thread = Stack::fresh('u7.');
        $this->fellBack($thread, $this->send($thread, $site)->untilEnd(), 'breaker_open');
    }

    private static function site(string $url, array $env = []): BuiltInServer
    {
        return new BuiltInServer($env + [
            'OA_RUNTIME_BASE_URL' => $url,
            'OA_RUNTIME_TIMEOUT_MS' => '1500',
            'OA_RUNTIME_MAX_RETRIES' => '1',
        ]);
    }

    private function send(string $thread, ?BuiltInServer $site = null): Page
    {
        return Page::send($thread, 'hello', 'scripted/echo', site: ($site ?? self::$site)->url);
    }

    private function fellBack(string $thread, Page $page, string $reason): RunRef
    {
        self::assertSame(200, $page->status(), $page->received);
        self::assertSame('hello', $this->text($page));
        self::assertSame(1, substr_count($page->received, '[DONE]'));
        $pin = Stack::pin($thread);
        self::assertSame(['legacy', $reason], [$pin['driver'], $pin['fallback_reason']]);
        $run = new RunRef($pin['run_id'], $thread);
        self::assertSame([0, 1], $this->executions($run));
        $told = preg_grep("/{$run->runId}/", file(getenv('OA_LARAVEL_HOME') . '/laravel.log'));
        self::assertCount(1, $told);
        self::assertStringContainsString("\"reason\":\"{$reason}\"", (string) current($told));

        return $run;
    }

    /** @return array{int, int} by the runtime and by the legacy driver */
    private function executions(RunRef $run): array
    {
        return [Stack::executions($run), CountingDriver::executions($run)];
    }

    private function text(Page $page): string
    {
        return implode('', array_column(Blocks::parts($page->received), 'delta'));
    }
}
