<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use GuzzleHttp\Promise\PromiseInterface;
use Illuminate\Http\Client\Factory;
use Illuminate\Http\Client\Request;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use OpenAgents\Runtime\Tests\Support\Wiring;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\Transcript;
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
        self::assertSame(['m1', 'm2'], array_column($messages->messages, 'id'));
        self::assertSame($askedAfter, $http->recorded()->map(self::after(...))->all());
    }

    public function pages(): iterable
    {
        $one = self::said('m1');
        $two = self::said('m2');
        yield 'one' => [[[[$one, $two], 4]], [0]];
        yield 'short ones' => [[[[$one], 1], [[$two], 2], [[self::other('run.cancel_requested')], 4]], [0, 1, 2]];
        yield 'one without events' => [[[[$one], 1], [[], 3], [[$two], 4]], [0, 1, 3]];
        yield 'one that leads no further' => [[[[$one, $two], 2], [[], 2]], [0, 2]];
    }

    public function testARunThatWasCancelledBeforeItBeganAwaitsNoAnswer(): void
    {
        $events = [self::other('run.accepted'), self::said('m1'), self::other('run.cancel_requested')];
        self::assertTrue($this->read($events)->awaitsAnAnswer());
        $events[] = ['type' => 'run.finished', 'payload' => ['status' => 'canceled', 'reason_class' => 'canceled_by_user']];
        $transcript = $this->read($events);
        self::assertSame(['m1'], array_column($transcript->messages, 'id'));
        self::assertFalse($transcript->awaitsAnAnswer());
    }

    public function testALogThatIsDamagedHasNothingToWaitFor(): void
    {
        self::assertFalse($this->read([self::said('m1')], latestSeq: 9)->awaitsAnAnswer());
    }

    /** @param list<array<string, mixed>> $events all that can be had of them */
    private function read(array $events, ?int $latestSeq = null): Transcript
    {
        $http = new Factory();
        $last = count($events);
        $http->fake(static fn (Request $request): PromiseInterface => $http->response([
            'events' => str_contains($request->url(), 'after=0') ? $events : [], 'nextAfter' => $last,
            'latestSeq' => $latestSeq ?? $last, 'floorSeq' => 0,
        ]));

        return Wiring::client('http://runtime', [], $http, new FakeClock())
            ->messages(Principal::user(7), new RunRef('run-1', 'thread-1'));
    }

    /** @return array<string, mixed> */
    private static function said(string $id): array
    {
        $frame = ['frame_id' => "msg:{$id}", 'frame_type' => 'user_message', 'payload' => ['text' => 'x']];

        return ['type' => 'frame.accepted', 'payload' => $frame];
    }

    /** @return array<string, mixed> */
    private static function other(string $type): array
    {
        return ['type' => $type, 'payload' => ['reason' => 'x']];
    }

    /** @param array{Request, mixed} $pair */
    private static function after(array $pair): int
    {
        parse_str((string) parse_url($pair[0]->url(), PHP_URL_QUERY), $query);

        return (int) $query['after'];
    }
}
