<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\BuiltInServer;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\RawAnswer;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StreamFrom;
use PHPUnit\Framework\TestCase;

/** nginx carries the streams: a site that has one PHP worker, and the configuration of the README. */
final class AccelTest extends TestCase
{
    private const ENDLESS = 'scripted/tokens?n=10000&delay_ms=100';
    private const SEEN_BY_A_BROWSER = [
        'cache-control', 'connection', 'content-type', 'date', 'server', 'transfer-encoding',
        'x-oa-run-id', 'x-request-id', 'x-vercel-ai-ui-message-stream',
    ];
    private string $site;
    private string $thread;

    protected function setUp(): void
    {
        $this->site = Stack::accelSite();
        $this->thread = Stack::fresh('u7.');
    }

    public function testOnePhpWorkerHasThreeStreamsAndIsFree(): void
    {
        $pages = [];
        for ($number = 1; $number <= 3; ++$number) {
            $threads[] = Stack::fresh('u7.');
            $pages[] = $this->send(self::ENDLESS, end($threads))->untilDeltas(1);
        }
        self::assertSame(200, Page::history($this->thread, site: $this->site)->untilEnd()->status());
        foreach ($pages as $number => $page) {
            $page->untilDeltas(1 + substr_count($page->received, '"text-delta"'));
            self::assertFalse($page->ended());
            self::assertSame(200, Page::cancel($threads[$number], site: $this->site)->untilEnd()->status());
        }
        foreach ($pages as $page) {
            self::assertSame(1, substr_count($page->untilEnd()->received, '[DONE]'));
        }
    }

    public function testTheLocationIsNotThereFromOutsideAndATokenIsGoodOnce(): void
    {
        $run = $this->answered();
        $signed = Stack::client()->signStream(Principal::user(7), $run, StreamFrom::beginning());
        foreach (['/_runtime', '//_runtime', '/api/../_runtime', '/%5fruntime', '/_runtime/.'] as $path) {
            $outside = RawAnswer::get($this->site . $path . $signed->target, $signed->headers);
            self::assertSame(404, $outside->status, $path);
            self::assertStringNotContainsString('requestId', $outside->body);
        }
        $direct = Stack::baseUrl() . $signed->target;
        $statuses = [RawAnswer::get($direct, $signed->headers)->status, RawAnswer::get($direct, $signed->headers)->status];
        self::assertSame([200, 401], $statuses);
    }

    public function testNothingOfTheSignatureReachesTheBrowser(): void
    {
        $page = $this->send(self::ENDLESS)->untilDeltas(1);
        $stream = RawAnswer::get($this->streamUrl(), ['X-Test-Who' => 'u7'], withinS: 2);
        $refusal = RawAnswer::get($this->streamUrl(), ['X-Test-Who' => 'u7', 'Last-Event-ID' => '999999']);
        Page::cancel($this->thread, site: $this->site)->untilEnd();
        $page->untilEnd();
        self::assertSame([200, 400], [$stream->status, $refusal->status]);
        self::assertSame(self::SEEN_BY_A_BROWSER, $stream->headerNames());
        self::assertStringContainsString("\nContent-Type: text/event-stream\r\n", $stream->head);
        self::assertSame([], array_diff($refusal->headerNames(), [...self::SEEN_BY_A_BROWSER, 'content-length']));
        foreach ([$stream, $refusal] as $answer) {
            self::assertStringNotContainsString('v1.', $answer->head);
            self::assertStringNotContainsString(Stack::key()['signing_key_id'], $answer->head);
        }
    }

    public function testWhatTheRuntimeRefusesKeepsItsStatusAndItsWords(): void
    {
        $page = $this->send(self::ENDLESS)->untilDeltas(1);
        $refusal = Page::resume($this->thread, ['Last-Event-ID' => '999999'], site: $this->site)->untilEnd();
        Page::cancel($this->thread, site: $this->site)->untilEnd();
        $page->untilEnd();
        self::assertSame(400, $refusal->status());
        self::assertSame('application/json', $refusal->header('content-type'));
        self::assertSame('invalid_request', $refusal->json()['error']['code']);
        self::assertNotEmpty($refusal->json()['error']['requestId']);
    }

    public function testABrowsersOwnHeadersDoNotReachTheRuntime(): void
    {
        $forged = ['X-OA-RUNTIME-SIGNATURE' => 'x', 'X-OA-USER-ID' => '8', 'X-OA-GUEST-SCOPE' => 'me', 'Cookie' => 'a=b'];
        $page = $this->send(self::ENDLESS)->untilDeltas(1);
        $resumed = Page::resume($this->thread, $forged, site: $this->site)->untilDeltas(1);
        self::assertSame($page->header('x-oa-run-id'), $resumed->header('x-oa-run-id'));
        Page::cancel($this->thread, site: $this->site)->untilEnd();
        $resumed->untilEnd();
    }

    public function testAStreamThatIsCutEndsAndTheBrowserComesBackByItsLastId(): void
    {
        $page = $this->send('scripted/tokens?n=100&delay_ms=40')->untilDeltas(5);
        Stack::kill('web');
        self::assertTrue($this->isCut($page));
        self::assertStringNotContainsString('[DONE]', $page->received);
        $ids = Blocks::ids($page->received);
        $whole = substr($page->events(), 0, (int) strrpos($page->events(), 'id: ' . end($ids)));
        $resumed = $this->resumed((string) end($ids));
        $run = new RunRef((string) $page->header('x-oa-run-id'), $this->thread);
        $direct = Blocks::events(Blocks::direct(Stack::client(), Principal::user(7), $run));
        self::assertStringStartsWith($whole, $direct);
        self::assertStringEndsWith($resumed->events(), $direct);
        self::assertSame(Blocks::ids($direct), [...$ids, ...Blocks::ids($resumed->received)]);
    }

    public function testWithoutTheLocationPhpCarriesWhateverTheSettingSays(): void
    {
        $server = new BuiltInServer(['OA_RUNTIME_STREAM_ACCEL' => 'true']);
        $page = Page::send($this->thread, 'hello', 'scripted/echo', site: $server->url)->untilEnd();
        self::assertSame(200, $page->status(), $page->received);
        self::assertStringEndsWith("data: [DONE]\n\n", $page->received);
        self::assertNull($page->header('x-oa-runtime-signature'));
    }

    private function send(string $model, ?string $thread = null): Page
    {
        return Page::send($thread ?? $this->thread, 'go', $model, site: $this->site);
    }

    private function answered(): RunRef
    {
        $page = $this->send('scripted/echo')->untilEnd();

        return new RunRef((string) $page->header('x-oa-run-id'), $this->thread);
    }

    private function streamUrl(): string
    {
        return "{$this->site}/api/chat/{$this->thread}/stream";
    }

    /** Whether the answer ends otherwise than it should. */
    private function isCut(Page $page): bool
    {
        try {
            $page->untilEnd();
        } catch (RuntimeException) {
            return true;
        }

        return false;
    }

    /** As a browser does it: again and again, while the runtime's web process is away. */
    private function resumed(string $lastId): Page
    {
        return Stack::eventually(function () use ($lastId): Page|false {
            $page = Page::resume($this->thread, ['Last-Event-ID' => $lastId], site: $this->site);
            $page->until(static fn (Page $page): bool => $page->status() !== null, 'an answer');

            return $page->status() === 200 ? $page->untilEnd() : false;
        }, 'the stream again', 60);
    }
}
