<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use OpenAgents\Runtime\Errors\Conflict;
use OpenAgents\Runtime\Errors\RuntimeConnectFailed;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Errors\RuntimeThrottled;
use OpenAgents\Runtime\Errors\RuntimeTimedOut;
use OpenAgents\Runtime\Errors\RuntimeUnavailable;
use OpenAgents\Runtime\Http\Backoff;
use OpenAgents\Runtime\Http\Retry;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use PHPUnit\Framework\TestCase;

final class RetryTest extends TestCase
{
    private FakeClock $clock;
    /** @var list<int> */
    private array $given = [];

    protected function setUp(): void
    {
        $this->clock = new FakeClock();
    }

    public function testTheWaitIsAnythingUpToADoublingBaseAndACap(): void
    {
        $longest = new Backoff(200, static fn (int $least, int $most): int => $most);
        $waits = array_map(static fn (int $retry): ?int => $longest->beforeMs($retry, null), range(1, 6));
        self::assertSame([200, 400, 800, 1600, 2000, 2000], $waits);
        $shortest = new Backoff(200, static fn (int $least, int $most): int => $least);
        self::assertSame(0, $shortest->beforeMs(6, null));
    }

    public function testTheServiceMayNameATimeOfAtMostFiveSeconds(): void
    {
        $backoff = Backoff::of(200);
        self::assertSame([0, 5000, null], [
            $backoff->beforeMs(1, 0), $backoff->beforeMs(1, 5), $backoff->beforeMs(1, 6),
        ]);
    }

    public function testItGoesOnUntilTheRetriesAreSpent(): void
    {
        $error = $this->failing(new RuntimeUnavailable('away'), retries: 2);
        self::assertInstanceOf(RuntimeUnavailable::class, $error);
        self::assertSame([200, 400], $this->clock->slept);
        self::assertSame([10_000, 9_800, 9_400], $this->given);
    }

    public function testAWaitThatWouldOutlastTheCallIsNotBegun(): void
    {
        $this->failing(new RuntimeThrottled('full', retryAfterS: 5), retries: 9);
        self::assertSame([5000], $this->clock->slept);
    }

    public function testALongRetryAfterIsTheCallersBusiness(): void
    {
        $error = $this->failing(new RuntimeThrottled('full', retryAfterS: 60), retries: 2);
        self::assertSame(60, $error->retryAfterS());
        self::assertSame([], $this->clock->slept);
    }

    /** @dataProvider final */
    public function testWhatARepetitionDoesNotMendIsNotRepeated(RuntimeException $error): void
    {
        self::assertSame($error, $this->failing($error, retries: 2));
        self::assertCount(1, $this->given);
    }

    public function final(): iterable
    {
        yield 'a conflict' => [new Conflict('other content')];
        yield 'an unknown outcome in time' => [new RuntimeTimedOut('silence', outcomeUnknown: true)];
    }

    public function testAnOutcomeThatWasUnknownOnceStaysSo(): void
    {
        $errors = [new RuntimeUnavailable('torn', outcomeUnknown: true), new RuntimeConnectFailed('refused')];
        $this->expectExceptionMessage('torn');
        $this->retry(1)->run(static function () use (&$errors): void {
            throw array_shift($errors);
        });
    }

    public function testAnAnswerThatIsClearIsTheCallers(): void
    {
        $errors = [new RuntimeUnavailable('torn', outcomeUnknown: true), new Conflict('other content')];
        try {
            $this->retry(1)->run(static function () use (&$errors): void {
                throw array_shift($errors);
            });
            self::fail('it did not fail');
        } catch (Conflict $error) {
            self::assertFalse($error->outcomeUnknown());
            self::assertFalse($error->surelyRefused(), 'the first may have been let in');
        }
    }

    public function testAnAttemptThatSucceedsIsTheAnswer(): void
    {
        $attempts = 0;
        $answer = $this->retry(2)->run(static function () use (&$attempts): string {
            return ++$attempts < 3 ? throw new RuntimeUnavailable('away') : 'answer';
        });
        self::assertSame(['answer', 3], [$answer, $attempts]);
    }

    private function failing(RuntimeException $with, int $retries): RuntimeException
    {
        try {
            $this->retry($retries)->run(function (int $withinMs) use ($with): void {
                $this->given[] = $withinMs;
                throw $with;
            });
        } catch (RuntimeException $error) {
            return $error;
        }
        self::fail('it did not fail');
    }

    private function retry(int $retries): Retry
    {
        $longest = new Backoff(200, static fn (int $least, int $most): int => $most);

        return new Retry($this->clock, $longest, $retries, 10_000);
    }
}
