<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Integration;

use OpenAgents\Runtime\Errors;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Tests\Support\Blocks;
use OpenAgents\Runtime\Tests\Support\Stack;
use OpenAgents\Runtime\Tests\Support\Wiring;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StartRun;
use OpenAgents\Runtime\Values\StreamFrom;
use OpenAgents\Runtime\Values\Uuid7;
use PHPUnit\Framework\TestCase;

/** The client against the service: every call, and the errors that a caller can meet. */
final class HttpRuntimeClientTest extends TestCase
{
    private RuntimeClient $client;
    private Principal $user;
    private RunRef $run;

    protected function setUp(): void
    {
        $this->client = Stack::client();
        $this->user = Principal::user(random_int(1000, 1_000_000));
        $this->run = new RunRef(Uuid7::make(), Stack::fresh('t-'));
    }

    public function testARunFromStartToEnd(): void
    {
        $start = new StartRun($this->run, ['model' => 'scripted/echo', 'metadata' => [], 'caps' => []]);
        $handle = $this->client->startRun($this->user, $start);
        self::assertEquals([$this->run, 'accepted', false], [$handle->run, $handle->status, $handle->idempotentReplay]);
        self::assertTrue($this->client->startRun($this->user, $start)->idempotentReplay);

        $frame = Frame::userMessage('msg:1', 'Grüße/🚀 a/b');
        self::assertFalse($this->client->appendFrame($this->user, $this->run, $frame)->idempotentReplay);
        self::assertTrue($this->client->appendFrame($this->user, $this->run, $frame)->idempotentReplay);

        $bytes = Blocks::direct($this->client, $this->user, $this->run);
        $text = implode('', array_column(Blocks::parts($bytes), 'delta'));
        self::assertSame('Grüße/🚀 a/b', $text);
        $snapshot = $this->client->getRun($this->user, $this->run);
        self::assertEquals(['completed', true], [$snapshot->status, $snapshot->ended]);
    }

    public function testTheSameIdWithOtherContentIsAConflict(): void
    {
        $this->client->startRun($this->user, new StartRun($this->run, ['model' => 'scripted/echo']));
        $this->expectException(Errors\Conflict::class);
        $this->client->startRun($this->user, new StartRun($this->run, ['model' => 'scripted/demo']));
    }

    public function testAnEndedRunTakesNoFrame(): void
    {
        $this->answer('hello');
        $this->expectException(Errors\RunTerminal::class);
        $this->client->appendFrame($this->user, $this->run, Frame::userMessage('msg:2', 'more'));
    }

    public function testStartAndStreamAgainAttaches(): void
    {
        $first = $this->answer('hello');
        self::assertSame(Blocks::events($first), Blocks::events($this->answer('hello')));
    }

    public function testACancelTwiceIsOneEnd(): void
    {
        $this->client->startRun($this->user, new StartRun($this->run, ['model' => 'scripted/stall?after=2']));
        $this->client->appendFrame($this->user, $this->run, Frame::userMessage('msg:1', 'go'));
        self::assertFalse($this->client->cancelRun($this->user, $this->run, 'enough')->idempotentReplay);
        self::assertTrue($this->client->cancelRun($this->user, $this->run)->idempotentReplay);
        $bytes = Blocks::direct($this->client, $this->user, $this->run);
        self::assertSame(1, substr_count($bytes, '"type":"abort"'));
        self::assertSame(1, substr_count($bytes, '[DONE]'));
    }

    public function testSomebodyElsesRunIsForbidden(): void
    {
        $this->answer('hello');
        foreach ([Principal::user(1), Principal::guest((string) $this->user->userId)] as $other) {
            $this->refused(Errors\Forbidden::class, 403, fn () => $this->client->getRun($other, $this->run));
            $this->refused(Errors\Forbidden::class, 403, fn () => $this->client->cancelRun($other, $this->run));
            $this->refused(Errors\Forbidden::class, 403, fn () => $this->client->streamRun($other, $this->run, StreamFrom::now()));
        }
        $elsewhere = new RunRef($this->run->runId, 'another-thread');
        $this->refused(Errors\Forbidden::class, 403, fn () => $this->client->getRun($this->user, $elsewhere));
    }

    public function testWhatIsNotThereIsNotFound(): void
    {
        $this->refused(Errors\NotFound::class, 404, fn () => $this->client->getRun($this->user, $this->run));
        $this->refused(Errors\NotFound::class, 404, fn () => $this->client->streamRun($this->user, $this->run, StreamFrom::now()));
    }

    public function testAFieldThatIsWrongIsNamed(): void
    {
        $start = new StartRun($this->run, ['mode' => 'sideways']);
        $error = $this->refused(Errors\InvalidRequest::class, 400, fn () => $this->client->startRun($this->user, $start));
        self::assertSame('mode', $error->details()[0]['field']);
        self::assertNotNull($error->requestId());
    }

    public function testACursorAheadOfTheLogIsInvalid(): void
    {
        $this->answer('hello');
        $this->refused(Errors\InvalidRequest::class, 400, fn () => $this->client->streamRun(
            $this->user,
            $this->run,
            StreamFrom::cursor(999)
        ));
    }

    public function testAnotherKeyIsUnauthorized(): void
    {
        $stranger = Wiring::client(Stack::baseUrl());
        $this->refused(Errors\Unauthorized::class, 401, fn () => $stranger->getRun($this->user, $this->run));
    }

    public function testABodyThatIsTooLargeIsRefused(): void
    {
        $frame = Frame::userMessage('msg:1', str_repeat('x', 300_000));
        $this->refused(Errors\PayloadTooLarge::class, 413, fn () => $this->client->appendFrame($this->user, $this->run, $frame));
    }

    public function testNobodyThereIsKnownNotToHaveStarted(): void
    {
        $client = Wiring::client('http://127.0.0.1:9');
        $error = $this->refused(Errors\RuntimeConnectFailed::class, 503, fn () => $client->getRun($this->user, $this->run));
        self::assertFalse($error->outcomeUnknown());
        $this->refused(Errors\RuntimeConnectFailed::class, 503, fn () => $client->streamRun($this->user, $this->run, StreamFrom::now()));
    }

    public function testSilenceIsATimeoutWithAnUnknownOutcome(): void
    {
        $silent = stream_socket_server('tcp://127.0.0.1:0');
        $client = Wiring::client('http://' . stream_socket_get_name($silent, false), ['timeout_ms' => 200]);
        $start = new StartRun($this->run);
        $calls = [
            fn () => $client->startRun($this->user, $start),
            fn () => $client->startAndStream($this->user, $start, Frame::userMessage('m', 'x'), StreamFrom::beginning()),
        ];
        foreach ($calls as $call) {
            self::assertTrue($this->refused(Errors\RuntimeTimedOut::class, 504, $call)->outcomeUnknown());
        }
    }

    public function testATailBeginsBeforeTheHead(): void
    {
        $whole = Blocks::events($this->answer('hello'));
        $tail = '';
        foreach ($this->client->streamRun($this->user, $this->run, StreamFrom::tail(1)) as $block) {
            $tail .= $block->raw;
        }
        self::assertStringEndsWith(Blocks::events($tail), $whole);
        self::assertStringContainsString('"finish"', $tail);
    }

    private function answer(string $text): string
    {
        $bytes = '';
        $stream = $this->client->startAndStream(
            $this->user,
            new StartRun($this->run, ['model' => 'scripted/echo']),
            Frame::userMessage('msg:1', $text),
            StreamFrom::beginning()
        );
        foreach ($stream as $block) {
            $bytes .= $block->raw;
        }

        return $bytes;
    }

    /** @param class-string<Errors\RuntimeException> $class */
    private function refused(string $class, int $status, callable $call): Errors\RuntimeException
    {
        try {
            $call();
        } catch (Errors\RuntimeException $error) {
            self::assertSame([$class, $status], [$error::class, $error->status()], $error->getMessage());

            return $error;
        }
        self::fail("no {$class}");
    }
}
