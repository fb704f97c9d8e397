<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Tests\Support\Wiring;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

/**
 * What a browser gets is what the runtime said, byte for byte.
 *
 * @group routes
 */
final class ContinuityTest extends TestCase
{
    public function testAStreamThatIsNotCutIsTheRuntimesToTheLastByte(): void
    {
        $run = $this->liveAnswer('scripted/tools?calls=3', 'go')[1];
        $client = Stack::client();
        $direct = Blocks::direct($client, Principal::user(42), $run);
        $carried = Wiring::carry($client, $run)->received;
        self::assertSame(hash('sha256', $direct), hash('sha256', $carried));
        self::assertStringStartsWith("retry: 1000\n\n: cursor 0\n\n", $carried);
    }

    /** @dataProvider models */
    public function testALiveAnswerThroughTheSiteHasTheSameEvents(string $model, string $text): void
    {
        [$page, $run] = $this->liveAnswer($model, $text);
        $direct = Blocks::events(Blocks::direct(Stack::client(), Principal::user(42), $run));
        self::assertSame(hash('sha256', $direct), hash('sha256', $page->events()));
        self::assertSame(1, substr_count($page->received, '[DONE]'));
        $ids = Blocks::ids($page->received);
        self::assertSame(array_unique($ids), $ids);
        self::assertSame('v1', $page->header('x-vercel-ai-ui-message-stream'));
        self::assertStringStartsWith('text/event-stream', $page->header('content-type'));
        self::assertStringContainsString('no-transform', $page->header('cache-control'));
    }

    public function models(): iterable
    {
        yield 'many pieces' => ['scripted/tokens?n=400&delay_ms=2', 'go'];
        yield 'large pieces' => ['scripted/tokens?n=100&bytes=4000', 'go'];
        yield 'tools' => ['scripted/tools?calls=5&delay_ms=5', 'go'];
        yield 'letters' => ['scripted/echo', "Grüße/🚀 \"a\"\n\u{2028} b\r\n\\u0041"];
        yield 'a failure' => ['scripted/fail?after=3&error=caller_fault', 'go'];
    }

    /** @return array{Page, RunRef} */
    private function liveAnswer(string $model, string $text): array
    {
        $thread = Stack::fresh('u42.');
        $page = Page::send($thread, $text, $model)->untilEnd();
        self::assertSame(200, $page->status(), $page->received);

        return [$page, new RunRef((string) $page->header('x-oa-run-id'), $thread)];
    }
}
