<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\Page;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

final class OverlapTest extends TestCase
{
    private const STREAMS = 50;

    public function testFiftyStreamsAtOnceLoseNoByte(): void
    {
        $threads = $pages = [];
        for ($number = 0; $number < self::STREAMS; ++$number) {
            $threads[] = Stack::fresh("u{$number}.");
            $pages[] = Page::send($threads[$number], 'go', 'scripted/tokens?n=150&delay_ms=100');
        }
        $together = 0;
        Stack::eventually(function () use ($pages, &$together): bool {
            $begun = $ended = 0;
            foreach ($pages as $page) {
                $page->look(1);
                $begun += (int) ($page->status() === 200);
                $ended += (int) $page->ended();
            }
            $together = max($together, $begun - $ended);

            return $ended === count($pages);
        }, 'all streams have ended', 120);
        self::assertSame(self::STREAMS, $together);

        $client = Stack::client();
        foreach ($pages as $number => $page) {
            self::assertSame(200, $page->status(), $page->received);
            $run = new RunRef((string) $page->header('x-oa-run-id'), $threads[$number]);
            $direct = Blocks::events(Blocks::direct($client, Principal::user($number), $run));
            self::assertSame(hash('sha256', $direct), hash('sha256', $page->events()), "stream {$number}");
        }
    }
}
