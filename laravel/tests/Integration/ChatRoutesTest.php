<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

/**
 * The chat routes as a browser meets them: through nginx and php-fpm, to the real runtime.
 *
 * @group routes
 */
final class ChatRoutesTest extends TestCase
{
    private const SLOW = 'scripted/tokens?n=100&delay_ms=40';
    private string $thread;

    protected function setUp(): void
    {
        $this->thread = Stack::fresh('u7.');
    }

    public function testADoubledPostAttachesToTheSameRun(): void
    {
        $first = Page::send($this->thread, 'go', 'scripted/tokens?n=40&delay_ms=10');
        $second = Page::send($this->thread, 'go', 'scripted/tokens?n=40&delay_ms=10');
        $first->untilEnd();
        $second->untilEnd();
        self::assertSame($first->header('x-oa-run-id'), $second->header('x-oa-run-id'));
        self::assertSame($first->events(), $second->events());
    }

    public function testAReloadedPageSeesTheAnswerOnce(): void
    {
        $page = Page::send($this->thread, 'go', self::SLOW)->untilDeltas(5);
        $page->leave();
        $resumed = Page::resume($this->thread)->untilEnd();
        self::assertSame(200, $resumed->status());
        self::assertSame($page->header('x-oa-run-id'), $resumed->header('x-oa-run-id'));
        self::assertSame(range(1, 100), $this->numbers($resumed));
        self::assertStringStartsWith($page->events(), $resumed->events());
    }

    public function testAReaderThatComesBackByItsLastIdMissesNothing(): void
    {
        $page = Page::send($this->thread, 'go', self::SLOW)->untilDeltas(5);
        $page->leave();
        $seen = $page->events();
        $ids = Blocks::ids($seen);
        $resumed = Page::resume($this->thread, ['Last-Event-ID' => (string) end($ids)])->untilEnd();
        $whole = Blocks::direct(Stack::client(), Principal::user(7), $this->runOf($page));
        self::assertSame(Blocks::events($whole), $seen . $resumed->events());
    }

    public function testABrowserThatLeavesClosesTheRuntimesSideAndTheRunGoesOn(): void
    {
        $before = Stack::connections();
        $page = Page::send($this->thread, 'go', self::SLOW)->untilDeltas(2);
        self::assertGreaterThan($before, Stack::connections());
        $page->leave();
        Stack::eventually(static fn (): bool => Stack::connections() <= $before, 'the stream is closed', 2);
        $this->completes($page);
    }

    public function testABrowserThatLeavesASilentStreamIsNoticedToo(): void
    {
        $before = Stack::connections();
        $page = Page::send($this->thread, 'go', 'scripted/stall?after=2')->untilDeltas(1);
        self::assertGreaterThan($before, Stack::connections());
        $page->leave();
        Stack::eventually(static fn (): bool => Stack::connections() <= $before, 'the stream is closed', 2);
        Page::cancel($this->thread)->untilEnd();
    }

    public function testACancelFromAnotherRequestEndsTheAnswerOnce(): void
    {
        $page = Page::send($this->thread, 'go', 'scripted/stall?after=2')->untilDeltas(1);
        $asked = microtime(true);
        $cancel = Page::cancel($this->thread)->untilEnd();
        self::assertSame(['canceling', true], [$cancel->json()['status'], $cancel->json()['cancelRequested']]);
        $page->untilEnd(5);
        self::assertLessThan(1.5, microtime(true) - $asked);
        self::assertSame(1, substr_count($page->received, '"type":"abort"'));
        self::assertSame(1, substr_count($page->received, '[DONE]'));
        self::assertSame(204, Page::cancel($this->thread)->untilEnd()->status());
    }

    public function testACancelTwiceIsOneEnd(): void
    {
        $page = Page::send($this->thread, 'go', 'scripted/stall?after=2')->untilDeltas(1);
        $cancels = [Page::cancel($this->thread), Page::cancel($this->thread)];
        foreach ($cancels as $cancel) {
            $cancel->untilEnd();
            self::assertContains($cancel->status(), [200, 204], 'it may have ended already');
        }
        $page->untilEnd();
        self::assertSame(1, substr_count($page->received, '"type":"abort"'));
        self::assertSame(1, substr_count($page->received, '[DONE]'));
    }

    public function testNothingLiveIsNoContent(): void
    {
        self::assertSame(204, Page::resume($this->thread)->untilEnd()->status());
        self::assertSame(204, Page::cancel($this->thread)->untilEnd()->status());
        Page::send($this->thread, 'hello', 'scripted/echo')->untilEnd();
        self::assertSame(204, Page::resume($this->thread)->untilEnd()->status());
    }

    public function testASecondMessageIsARunOfItsOwn(): void
    {
        $first = Page::send($this->thread, 'one', 'scripted/echo', 'm1')->untilEnd();
        $second = Page::send($this->thread, 'two', 'scripted/echo', 'm2')->untilEnd();
        self::assertNotSame($first->header('x-oa-run-id'), $second->header('x-oa-run-id'));
        self::assertSame('two', implode('', array_column(Blocks::parts($second->received), 'delta')));
    }

    public function testASecondMessageMayWaitAndBeResumedAfterTheFirst(): void
    {
        $first = Page::send($this->thread, 'go', 'scripted/tokens?n=30&delay_ms=40', 'm1')->untilDeltas(1);
        $second = Page::send($this->thread, 'later', 'scripted/echo', 'm2');
        $second->until(static fn (Page $page): bool => $page->status() === 200, 'the second is taken');
        self::assertSame($first->header('x-oa-run-id'), $this->resumedRun());
        $second->untilEnd();
        self::assertStringContainsString('later', implode('', array_column(Blocks::parts($second->received), 'delta')));
    }

    public function testMessagesThatWereRefusedDoNotHideTheRunThatIsAtWork(): void
    {
        $live = Page::send($this->thread, 'go', 'scripted/stall?after=2', 'm0')->untilDeltas(1);
        foreach (range(1, 11) as $number) {
            self::assertSame(400, Page::send($this->thread, 'go', 'x', "m{$number}")->untilEnd()->status());
        }
        self::assertSame($live->header('x-oa-run-id'), $this->resumedRun());
        self::assertSame(200, Page::cancel($this->thread)->untilEnd()->status());
        $live->untilEnd();
    }

    public function testAGuestHasAThreadToo(): void
    {
        $thread = Stack::fresh('g-visitor.');
        $page = Page::send($thread, 'hello', 'scripted/echo')->untilEnd();
        self::assertSame(200, $page->status(), $page->received);
        self::assertStringContainsString('hello', implode('', array_column(Blocks::parts($page->received), 'delta')));
    }

    private function runOf(Page $page): RunRef
    {
        return new RunRef((string) $page->header('x-oa-run-id'), $this->thread);
    }

    private function completes(Page $page): void
    {
        $run = $this->runOf($page);
        $status = Stack::eventually(static function () use ($run): string|false {
            $snapshot = Stack::client()->getRun(Principal::user(7), $run);

            return $snapshot->ended ? $snapshot->status : false;
        }, 'the run has ended');
        self::assertSame('completed', $status);
    }

    private function resumedRun(): ?string
    {
        $page = Page::resume($this->thread);
        $page->until(static fn (Page $page): bool => $page->status() !== null, 'an answer');
        $page->leave();

        return $page->header('x-oa-run-id');
    }

    /** @return list<int> */
    private function numbers(Page $page): array
    {
        $text = implode('', array_column(Blocks::parts($page->received), 'delta'));

        return array_map('intval', explode(' ', trim(str_replace('.', '', $text))));
    }
}
