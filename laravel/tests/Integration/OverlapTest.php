<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use Closure;
use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

/** @group routes */
final class OverlapTest extends TestCase
{
    private const RUNS = 10;
    private const READERS_OF_EACH = 5;
    /** Goes on until it is cancelled, so that however long it takes all streams are open at once. */
    private const ENDLESS = 'scripted/tokens?n=10000&delay_ms=150';

    public function testFiftyStreamsAtOnceLoseNoByte(): void
    {
        $threads = array_map(static fn (int $number): string => Stack::fresh("u{$number}."), range(1, self::RUNS));
        $first = array_map(static fn (string $thread): Page => Page::send($thread, 'go', self::ENDLESS), $threads);
        $this->read($first, self::hasBegun(...), 'all runs have begun');
        $pages = $first;
        for ($more = 1; $more < self::READERS_OF_EACH; ++$more) {
            array_push($pages, ...array_map(static fn (string $thread): Page => Page::resume($thread), $threads));
        }
        $this->read($pages, self::hasBegun(...), 'all streams have begun');
        foreach ($pages as $page) {
            self::assertSame(200, $page->status(), $page->received);
            self::assertFalse($page->ended());
            $page->untilDeltas(1 + substr_count($page->received, '"text-delta"'));
        }

        foreach ($threads as $thread) {
            self::assertSame(200, Page::cancel($thread)->untilEnd()->status());
        }
        $this->read($pages, static fn (Page $page): bool => $page->ended(), 'all streams have ended');
        foreach ($threads as $of => $thread) {
            $run = new RunRef((string) $first[$of]->header('x-oa-run-id'), $thread);
            $direct = Blocks::events(Blocks::direct(Stack::client(), Principal::user($of + 1), $run));
            for ($number = $of; $number < count($pages); $number += self::RUNS) {
                self::assertSame(hash('sha256', $direct), hash('sha256', $pages[$number]->events()), "stream {$number}");
            }
        }
    }

    private static function hasBegun(Page $page): bool
    {
        return $page->status() !== null;
    }

    /**
     * Reads all of them until that holds of each.
     *
     * @param list<Page> $pages
     * @param Closure(Page): bool $enough
     */
    private function read(array $pages, Closure $enough, string $what): void
    {
        Stack::eventually(static function () use ($pages, $enough): bool {
            array_walk($pages, static fn (Page $page) => $page->look(1));

            return count(array_filter($pages, $enough)) === count($pages);
        }, $what, 120);
    }
}
