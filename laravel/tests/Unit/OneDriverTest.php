<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use Illuminate\Cache\ArrayStore;
use Illuminate\Cache\Repository;
use LogicException;
use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Errors\Conflict;
use OpenAgents\Runtime\Errors\InvalidRequest;
use OpenAgents\Runtime\Errors\ProtocolError;
use OpenAgents\Runtime\Errors\RuntimeConnectFailed;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Errors\RuntimeServerError;
use OpenAgents\Runtime\Errors\RuntimeThrottled;
use OpenAgents\Runtime\Errors\RuntimeTimedOut;
use OpenAgents\Runtime\Errors\RuntimeUnavailable;
use OpenAgents\Runtime\Fallback\Breaker;
use OpenAgents\Runtime\Fallback\FallbackReason;
use OpenAgents\Runtime\Fallback\FallbackRuntimeClient;
use OpenAgents\Runtime\Routing\RoutedRuntimeClient;
use OpenAgents\Runtime\Routing\RunStarts;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use OpenAgents\Runtime\Tests\Support\PinTable;
use OpenAgents\Runtime\Tests\Support\ScriptedRuntime;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StartRun;
use OpenAgents\Runtime\Values\StreamFrom;
use PHPUnit\Framework\TestCase;
use Throwable;

/** A message that is sent again and again, through whatever fails: one driver executes its run, or none. */
final class OneDriverTest extends TestCase
{
    private FakeClock $clock;
    private PinTable $table;
    private ScriptedRuntime $runtime;
    private ScriptedRuntime $legacy;
    private Breaker $breaker;
    private RunRef $run;

    protected function setUp(): void
    {
        $this->clock = new FakeClock();
        $this->table = new PinTable();
        $this->runtime = new ScriptedRuntime($this->clock);
        $this->legacy = new ScriptedRuntime($this->clock);
        $this->breaker = new Breaker(new Repository(new ArrayStore()), $this->clock);
        $this->run = $this->table->claim('m1');
    }

    /** @dataProvider losses */
    public function testARunThatIsPerhapsInTheRuntimeIsNotTheLegacyDrivers(Throwable $lost): void
    {
        $this->runtime->after['stream'] = [$lost];
        $this->runtime->before['get'] = [new RuntimeUnavailable('away', 503)];
        self::assertSame($lost, $this->send());
        $this->assertExecutions(1, 0);

        $this->nobodyAnswers();
        self::assertInstanceOf(RuntimeConnectFailed::class, $this->send());
        $this->assertExecutions(1, 0);

        $this->breakerOpens();
        self::assertInstanceOf(RuntimeConnectFailed::class, $this->send());
        $this->assertExecutions(1, 0);

        $this->clock->pass(31_000);
        self::assertNull($this->send());
        $this->assertExecutions(1, 0);
        self::assertNotNull($this->table->row($this->run)['started_at']);
    }

    public function losses(): iterable
    {
        yield 'no answer' => [new RuntimeTimedOut('silence', outcomeUnknown: true)];
        yield 'a broken connection' => [new RuntimeUnavailable('torn', outcomeUnknown: true)];
        yield 'an answer of another' => [new ProtocolError('a page')];
        yield 'a failure in the middle' => [new RuntimeServerError('oops', 500)];
        yield 'a repetition that is refused' => [(new InvalidRequest('no', 400))->afterUnknown()];
    }

    public function testARequestThatDiedWhileItStartedTheRunLeavesTheSameDoubt(): void
    {
        $this->runtime->after['stream'] = [new LogicException('the process is gone')];
        try {
            $this->send();
            self::fail('it lives');
        } catch (LogicException) {
            $this->table->expire($this->run);
        }
        $this->nobodyAnswers();
        self::assertInstanceOf(RuntimeConnectFailed::class, $this->send());
        $this->assertExecutions(1, 0);
    }

    public function testARunThatIsThereAndRefusesItsReaderStaysInDoubt(): void
    {
        $torn = new RuntimeUnavailable('torn', outcomeUnknown: true);
        $this->runtime->after['stream'] = [$torn, new RuntimeThrottled('streams', 429)];
        self::assertInstanceOf(RuntimeThrottled::class, $this->send());
        $this->nobodyAnswers();
        self::assertInstanceOf(RuntimeConnectFailed::class, $this->send());
        $this->assertExecutions(1, 0);
    }

    public function testADoubtEndsWhenTheRuntimeDoesNotKnowTheRunAndItsIdIsWithdrawn(): void
    {
        $torn = new RuntimeUnavailable('torn', outcomeUnknown: true);
        $this->runtime->before['stream'] = [$torn, new RuntimeThrottled('full', 429)];
        $this->runtime->before['get'] = [new RuntimeUnavailable('away', 503)];
        self::assertSame($torn, $this->send());
        self::assertNull($this->send());
        $this->assertExecutions(0, 1);
        self::assertSame([$this->run->runId => 'nothing'], $this->runtime->runs);
        self::assertSame(FallbackReason::NotStarted->value, $this->table->row($this->run)['fallback_reason']);
    }

    public function testAWithdrawalThatWasCutOffIsFinishedWhenTheMessageComesAgain(): void
    {
        $torn = new RuntimeUnavailable('torn', outcomeUnknown: true);
        $this->runtime->before['stream'] = [$torn];
        $this->runtime->after['start'] = [new RuntimeTimedOut('silence', outcomeUnknown: true)];
        self::assertSame($torn, $this->send());
        $this->assertExecutions(0, 0);
        self::assertNull($this->send());
        $this->assertExecutions(0, 1);
    }

    public function testAConflictWithARunThatIsThereIsTheCallers(): void
    {
        $torn = new RuntimeUnavailable('torn', outcomeUnknown: true);
        $this->runtime->after['stream'] = [$torn];
        $this->runtime->before['get'] = [new RuntimeUnavailable('away', 503)];
        $this->send();
        $this->runtime->before['stream'] = [new Conflict('another text', 409, details: [['field' => 'run_id', 'message' => 'x']])];
        self::assertInstanceOf(Conflict::class, $this->send());
        $this->assertExecutions(1, 0);
    }

    /** @dataProvider refusals */
    public function testARefusalThatIsCertainLeavesNoDoubt(RuntimeException $refusal): void
    {
        $this->runtime->before['stream'] = [$refusal];
        $this->send();
        $this->nobodyAnswers();
        self::assertNull($this->send());
        $this->assertExecutions(0, 1);
    }

    public function refusals(): iterable
    {
        yield 'a busy thread' => [new Conflict('live', 409, details: [['field' => 'live_run', 'message' => 'x']])];
        yield 'a full thread' => [new RuntimeThrottled('full', 429, details: [['field' => 'waiting_per_thread', 'message' => 'x']])];
        yield 'a wrong request' => [new InvalidRequest('no such model', 400)];
    }

    private function assertExecutions(int $runtime, int $legacy): void
    {
        self::assertSame([$runtime, $legacy], [$this->runtime->executions(), $this->legacy->executions()]);
    }

    private function nobodyAnswers(): void
    {
        $this->runtime->before['stream'] = [new RuntimeConnectFailed('refused')];
        $this->runtime->before['get'] = [new RuntimeConnectFailed('refused')];
    }

    private function breakerOpens(): void
    {
        foreach (range(1, 5) as $_) {
            $this->breaker->failed();
        }
    }

    /** The browser sends the message, to a process that knows nothing of the others; what goes wrong. */
    private function send(): ?RuntimeException
    {
        $starts = new RunStarts($this->table->database, 60);
        $runtime = new FallbackRuntimeClient($this->runtime, $this->legacy, $this->breaker, $starts, static fn () => null);
        $of = fn (Driver $driver): RuntimeClient => $driver === Driver::Legacy ? $this->legacy : $runtime;
        $client = new RoutedRuntimeClient(Driver::Runtime, $of, $this->table->pins, $starts, $this->clock, 1000);
        try {
            $frame = new Frame('msg:m1', 'user_message', ['text' => 'x']);
            $client->startAndStream(Principal::user(7), new StartRun($this->run), $frame, StreamFrom::beginning());
        } catch (RuntimeException $error) {
            return $error;
        }

        return null;
    }
}
