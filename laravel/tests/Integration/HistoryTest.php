<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

/** What a page shows when it is opened again. */
final class HistoryTest extends TestCase
{
    private string $thread;

    protected function setUp(): void
    {
        $this->thread = Stack::fresh('u7.');
    }

    public function testAThreadThatNobodyHasBegunIsEmpty(): void
    {
        self::assertSame([], $this->history());
    }

    public function testEveryMessageStandsBeforeItsAnswer(): void
    {
        Page::send($this->thread, 'one', 'scripted/echo', 'm1')->untilEnd();
        Page::send($this->thread, 'two', 'scripted/echo', 'm2')->untilEnd();
        $history = $this->history();
        self::assertSame(['user', 'assistant', 'user', 'assistant'], array_column($history, 'role'));
        self::assertSame(['one', 'one', 'two', 'two'], array_map($this->text(...), $history));
        self::assertSame(['m1', 'm2'], [$history[0]['id'], $history[2]['id']]);
    }

    public function testAnEmptyObjectStaysAnObject(): void
    {
        Page::send($this->thread, 'what time is it?', 'scripted/demo')->untilEnd();
        self::assertStringContainsString('"input":{}', Page::history($this->thread)->untilEnd()->received);
    }

    public function testWhileARunIsLiveTheListEndsWithWhatItsUserSaid(): void
    {
        Page::send($this->thread, 'one', 'scripted/echo', 'm1')->untilEnd();
        $live = Page::send($this->thread, 'go', 'scripted/stall?after=2', 'm2')->untilDeltas(1);
        $waiting = Page::send($this->thread, 'later', 'scripted/echo', 'm3');
        $waiting->until(static fn (Page $page): bool => $page->status() === 200, 'the next is taken');
        self::assertSame(['one', 'one', 'go'], array_map($this->text(...), $this->history()));
        Page::cancel($this->thread)->untilEnd();
        $live->untilEnd();
        $waiting->untilEnd();
        $history = $this->history();
        self::assertSame(['one', 'one', 'go', 'later', 'later'], $this->said($history));
        $answer = array_column(Blocks::parts($live->received), 'messageId')[0];
        self::assertSame($answer, $history[3]['id']);
    }

    public function testARunThatWasCancelledBeforeItBeganHidesNothing(): void
    {
        $live = Page::send($this->thread, 'go', 'scripted/stall?after=2', 'm1')->untilDeltas(1);
        $waiting = Page::send($this->thread, 'later', 'scripted/echo', 'm2');
        $waiting->until(static fn (Page $page): bool => $page->status() === 200, 'the next is taken');
        $run = new RunRef((string) $waiting->header('x-oa-run-id'), $this->thread);
        Stack::client()->cancelRun(Principal::user(7), $run);
        $waiting->untilEnd();
        Page::cancel($this->thread)->untilEnd();
        $live->untilEnd();
        Page::send($this->thread, 'again', 'scripted/echo', 'm3')->untilEnd();
        self::assertSame(['go', 'later', 'again', 'again'], $this->said($this->history()));
    }

    public function testAnAttemptThatWasLostIsNotInIt(): void
    {
        $page = Page::send($this->thread, 'go', 'scripted/tokens?n=60&delay_ms=40')->untilDeltas(5);
        Stack::kill('worker-runs');
        $page->untilEnd(90);
        self::assertStringContainsString('data-step-superseded', $page->received);
        [, $answer] = $this->history();
        $numbers = array_map('intval', explode(' ', trim(str_replace('.', '', $this->text($answer)))));
        self::assertSame(range(1, 60), $numbers);
        $ids = array_column(Blocks::parts($page->received), 'messageId');
        self::assertSame(end($ids), $answer['id']);
    }

    public function testALongAnswerIsReadOverSeveralPages(): void
    {
        $page = Page::send($this->thread, 'go', 'scripted/tokens?n=60&bytes=10000')->untilEnd(60);
        $streamed = implode('', array_column(Blocks::parts($page->received), 'delta'));
        self::assertGreaterThan(2 ** 19, strlen($streamed), 'twice that, in pieces and whole, is more than a page');
        self::assertSame($streamed, $this->text($this->history()[1]));
    }

    public function testSomebodyElsesIsNotThere(): void
    {
        Page::send($this->thread, 'one', 'scripted/echo')->untilEnd();
        self::assertSame(404, Page::history($this->thread, 'u8')->untilEnd()->status());
    }

    /** @return list<array<string, mixed>> */
    private function history(): array
    {
        $page = Page::history($this->thread)->untilEnd();
        self::assertSame(200, $page->status(), $page->received);

        return $page->json()['messages'];
    }

    /** @param array<string, mixed> $message */
    private function text(array $message): string
    {
        return implode('', array_column($message['parts'], 'text'));
    }

    /**
     * @param list<array<string, mixed>> $history
     *
     * @return list<string> what was said in full; the answer that was stopped is left out
     */
    private function said(array $history): array
    {
        $stopped = static fn (array $message): bool => $message['role'] === 'user' || isset($message['metadata']);

        return array_values(array_map($this->text(...), array_filter($history, $stopped)));
    }
}
