<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use Illuminate\Http\Client\Factory;
use Illuminate\Http\Client\Request;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use OpenAgents\Runtime\Tests\Support\Wiring;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

/** A run's messages, from pages of its events: how many fit into one is the runtime's to say. */
final class MessagesTest extends TestCase
{
    /** @dataProvider pages */
    public function testPagesAreReadToTheHeadHoweverFewEventsTheyHave(array $pages, array $askedAfter): void
    {
        $http = new Factory();
        $answers = $http->fakeSequence();
        foreach ($pages as [$events, $nextAfter]) {
            $answers->push(['events' => $events, 'nextAfter' => $nextAfter, 'latestSeq' => 4, 'floorSeq' => 0]);
        }
        $client = Wiring::client('http://runtime', [], $http, new FakeClock());
        $messages = $client->messages(Principal::user(7), new RunRef('run-1', 'thread-1'));
        self::assertSame(['m1', 'm2'], array_column($messages, 'id'));
        self::assertSame($askedAfter, $http->recorded()->map(self::after(...))->all());
    }

    public function pages(): iterable
    {
        $one = self::said('m1');
        $two = self::said('m2');
        yield 'one' => [[[[$one, $two], 4]], [0]];
        yield 'short ones' => [[[[$one], 1], [[$two], 2], [[self::other()], 4]], [0, 1, 2]];
        yield 'one without events' => [[[[$one], 1], [[], 3], [[$two], 4]], [0, 1, 3]];
        yield 'one that leads no further' => [[[[$one, $two], 2], [[], 2]], [0, 2]];
    }

    /** @return array<string, mixed> */
    private static function said(string $id): array
    {
        $frame = ['frame_id' => "msg:{$id}", 'frame_type' => 'user_message', 'payload' => ['text' => 'x']];

        return ['type' => 'frame.accepted', 'payload' => $frame];
    }

    /** @return array<string, mixed> */
    private static function other(): array
    {
        return ['type' => 'run.cancel_requested', 'payload' => ['reason' => 'x']];
    }

    /** @param array{Request, mixed} $pair */
    private static function after(array $pair): int
    {
        parse_str((string) parse_url($pair[0]->url(), PHP_URL_QUERY), $query);

        return (int) $query['after'];
    }
}
