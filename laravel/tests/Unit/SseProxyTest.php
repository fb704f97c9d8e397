<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use OpenAgents\Runtime\Config\StreamSettings;
use OpenAgents\Runtime\Errors\RuntimeConnectFailed;
use OpenAgents\Runtime\Errors\RuntimeUnavailable;
use OpenAgents\Runtime\Errors\StaleCursor;
use OpenAgents\Runtime\Proxy\Resumption;
use OpenAgents\Runtime\Proxy\SseProxy;
use OpenAgents\Runtime\Tests\Support\CapturedBrowser;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use OpenAgents\Runtime\Tests\Support\ListedClient;
use OpenAgents\Runtime\Tests\Support\ListedStream;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StreamFrom;
use PHPUnit\Framework\TestCase;

/** When the proxy stops, and what it then says. */
final class SseProxyTest extends TestCase
{
    private const START = "id: 3\ndata: {\"type\":\"start\"}\n\n";
    private const PING = ": ping\n\n";
    private const DONE = "id: 9\ndata: [DONE]\n\n";
    private FakeClock $clock;

    protected function setUp(): void
    {
        $this->clock = new FakeClock();
    }

    public function testItEndsWithDoneAndReadsNoFurther(): void
    {
        $stream = $this->stream([self::START, self::DONE, self::START]);
        $browser = $this->carry($stream, new ListedClient([new StaleCursor('unused')]));
        self::assertSame(self::START . self::DONE, $browser->received);
        self::assertTrue($browser->prepared && $stream->closed);
    }

    public function testABrowserThatLeavesClosesTheStreamAndAsksNothing(): void
    {
        $stream = $this->stream([self::START, self::START, self::DONE]);
        $client = new ListedClient([new StaleCursor('unused')]);
        $this->carry($stream, $client, browser: new CapturedBrowser(leavesAfter: 1));
        self::assertTrue($stream->closed);
        self::assertSame([], $client->asked);
    }

    public function testABrowserThatLeavesInSilenceIsNoticedByAProbe(): void
    {
        $stream = new ListedStream([self::START], $this->clock, silent: true);
        $browser = $this->carry($stream, new ListedClient([$stream]), browser: new CapturedBrowser(leavesAfter: 2));
        self::assertSame(": ping\n\n", $browser->writes[1]);
        self::assertLessThanOrEqual(1000, $this->clock->monotonicMs());
        self::assertTrue($stream->closed);
    }

    public function testASpentBudgetIsOneErrorAndNoEnd(): void
    {
        $client = new ListedClient([new RuntimeConnectFailed('refused')]);
        $browser = $this->carry($this->stream([self::START]), $client);
        $parts = $this->parts($browser);
        self::assertSame(['start', 'error'], array_column($parts, 'type'));
        self::assertStringContainsString('can be resumed', $parts[1]['errorText']);
        self::assertStringNotContainsString('DONE', $browser->received);
        self::assertEqualsWithDelta(60_000, $this->clock->monotonicMs(), 1000);
        self::assertSame([250, 250, 250, 250, 250], array_slice($this->clock->slept, 0, 5));
    }

    public function testARuntimeThatOnlyEverHangsUpSpendsTheBudgetToo(): void
    {
        $client = new ListedClient([$this->stream([])]);
        $browser = $this->carry($this->stream([self::START]), $client);
        self::assertSame(['start', 'error'], array_column($this->parts($browser), 'type'));
        self::assertLessThan(80, count($client->asked));
    }

    public function testEveryEventThatComesThroughRenewsTheBudget(): void
    {
        $answers = [];
        for ($seq = 4; $seq < 104; ++$seq) {
            $answers[] = new RuntimeUnavailable('away');
            $answers[] = $this->stream(["id: {$seq}\ndata: {\"type\":\"x\"}\n\n"]);
        }
        $answers[] = $this->stream([self::DONE]);
        $browser = $this->carry($this->stream([self::START]), new ListedClient($answers), new StreamSettings(reconnectBudgetMs: 600));
        self::assertCount(101, $this->parts($browser));
        self::assertStringEndsWith(self::DONE, $browser->received);
    }

    public function testASilentStreamThatIsHealthySpendsNothing(): void
    {
        $silent = [];
        foreach (range(1, 5) as $_) {
            array_push($silent, 14_900, self::PING);
        }
        $client = new ListedClient([$this->stream($silent), $this->stream($silent), $this->stream([self::DONE])]);
        $browser = $this->carry($this->stream([self::START]), $client);
        self::assertSame(['start'], array_column($this->parts($browser), 'type'));
        self::assertStringEndsWith(self::DONE, $browser->received);
        self::assertGreaterThan(140_000, $this->clock->monotonicMs());
    }

    public function testTimeWithAConnectionIsNotCountedEvenBeforeItsFirstPing(): void
    {
        $answers = array_map(fn (int $_): ListedStream => $this->stream([10_000]), range(1, 20));
        $browser = $this->carry($this->stream([self::START]), new ListedClient([...$answers, $this->stream([self::DONE])]));
        self::assertStringEndsWith(self::DONE, $browser->received);
    }

    public function testAConnectionOnWhichNothingComesIsNone(): void
    {
        $dead = fn (int $_): ListedStream => new ListedStream([": cursor 3\n\n"], $this->clock, silent: true);
        $client = new ListedClient(array_map($dead, range(1, 20)));
        $browser = $this->carry($this->stream([self::START]), $client);
        self::assertSame(['start', 'error'], array_column($this->parts($browser), 'type'));
        self::assertCount(2, $client->asked);
    }

    public function testARunThatWaitsForItsClientEndsTheStreamAndIsNotAskedAgain(): void
    {
        $client = new ListedClient([new StaleCursor('unused')]);
        $browser = $this->carry($this->stream([self::START, ": waits-for-client 3\n\n"]), $client);
        self::assertSame(self::START . ": waits-for-client 3\n\n", $browser->received);
        self::assertSame([], $client->asked);
    }

    public function testARefusalInMidStreamEndsItAtOnce(): void
    {
        $client = new ListedClient([new StaleCursor('pruned')]);
        $browser = $this->carry($this->stream([self::START]), $client);
        self::assertSame(['start', 'error'], array_column($this->parts($browser), 'type'));
        self::assertSame(['3'], $client->asked);
    }

    public function testACutBeforeTheFirstEventResumesWhereTheStreamBegan(): void
    {
        $client = new ListedClient([$this->stream([": cursor 17\n\n", self::DONE])]);
        $browser = $this->carry($this->stream(["retry: 1000\n\n", ": cursor 17\n\n"]), $client);
        self::assertSame(['17'], $client->asked);
        self::assertSame("retry: 1000\n\n: cursor 17\n\n" . self::DONE, $browser->received);
    }

    public function testAnEventIsHeldUntilItIsWhole(): void
    {
        $part = "data: {\"type\":\"error\"}\n\n";
        $browser = $this->carry(
            $this->stream([$part, self::START, $part], new RuntimeUnavailable('reset')),
            new ListedClient([$this->stream([$part, self::DONE])])
        );
        self::assertSame($part . self::START . $part . self::DONE, $browser->received);
        self::assertSame([$part . self::START, $part . self::DONE], $browser->writes);
    }

    public function testAnEventThatNeverEndsIsAnErrorAndNotMemory(): void
    {
        $part = 'data: "' . str_repeat('x', 300_000) . "\"\n\n";
        $browser = $this->carry($this->stream(array_fill(0, 5, $part)), new ListedClient([new StaleCursor('x')]));
        self::assertSame(['error'], array_column($this->parts($browser), 'type'));
    }

    public function testALongStreamIsLetGoWithoutAnEnd(): void
    {
        $stream = new ListedStream([self::START], $this->clock, silent: true);
        $browser = $this->carry($stream, new ListedClient([$stream]), new StreamSettings(maxAgeMs: 5000));
        self::assertSame(['start'], array_column($this->parts($browser), 'type'));
        self::assertEqualsWithDelta(5000, $this->clock->monotonicMs(), 300);
    }

    private function stream(array $blocks, ?RuntimeUnavailable $breaks = null): ListedStream
    {
        return new ListedStream($blocks, $this->clock, $breaks);
    }

    private function carry(
        ListedStream $stream,
        ListedClient $client,
        ?StreamSettings $settings = null,
        ?CapturedBrowser $browser = null,
    ): CapturedBrowser {
        $browser ??= new CapturedBrowser();
        $resumption = new Resumption($client, Principal::user(1), new RunRef('r', 't'), StreamFrom::now());
        (new SseProxy($stream, $resumption, $browser, $settings ?? new StreamSettings(), $this->clock))->run();

        return $browser;
    }

    /** @return list<array<string, mixed>> */
    private function parts(CapturedBrowser $browser): array
    {
        preg_match_all('/^data: (\{.*\})$/m', $browser->received, $found);

        return array_map(static fn (string $json): array => json_decode($json, true), $found[1]);
    }
}
