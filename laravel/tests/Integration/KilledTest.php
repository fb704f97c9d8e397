<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

/** Processes of the runtime are killed in the middle of an answer; the browser asks for nothing. */
final class KilledTest extends TestCase
{
    public function testTheWebProcess(): void
    {
        $page = $this->killed('web-killed', ['web']);
        $numbers = $this->text($page);
        self::assertSame(range(1, 150), array_map('intval', explode(' ', trim(str_replace('.', '', $numbers)))));
    }

    public function testTheWebProcessThreeTimes(): void
    {
        $this->killed('web-thrice', ['web', 'web', 'web']);
    }

    public function testTheWorker(): void
    {
        $page = $this->killed('worker', ['worker-runs']);
        self::assertStringContainsString('data-step-superseded', $page->received);
    }

    public function testPostgres(): void
    {
        $page = $this->killed('postgres', ['postgres']);
        self::assertStringEndsWith("data: [DONE]\n\n", $page->received);
    }

    /** @param list<string> $roles */
    private function killed(string $name, array $roles): Page
    {
        $thread = Stack::fresh("u42.{$name}.");
        $page = Page::send($thread, 'go', 'scripted/tokens?n=150&delay_ms=40');
        foreach ($roles as $already => $role) {
            $page->untilDeltas(3 + 3 * $already);
            Stack::kill($role);
        }
        $page->untilEnd(90);
        $run = new RunRef((string) $page->header('x-oa-run-id'), $thread);
        $direct = Blocks::events(Blocks::direct(Stack::client(), Principal::user(42), $run));
        self::assertSame(hash('sha256', $direct), hash('sha256', $page->events()));
        self::assertSame(1, substr_count($page->received, '[DONE]'));
        self::assertSame(1, substr_count($page->received, 'retry:'));
        self::assertStringNotContainsString('"type":"error"', $page->received);

        return $page;
    }

    private function text(Page $page): string
    {
        return implode('', array_column(Blocks::parts($page->received), 'delta'));
    }
}
