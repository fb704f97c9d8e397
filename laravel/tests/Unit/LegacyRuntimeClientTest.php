<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use LogicException;
use OpenAgents\Runtime\Errors\NotFound;
use OpenAgents\Runtime\Errors\ResumeNotSupported;
use OpenAgents\Runtime\Errors\RuntimeServerError;
use OpenAgents\Runtime\Legacy\FixtureDriver;
use OpenAgents\Runtime\Legacy\LegacyRuntimeClient;
use OpenAgents\Runtime\Legacy\PartStream;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StartRun;
use OpenAgents\Runtime\Values\StreamFrom;
use PHPUnit\Framework\TestCase;

final class LegacyRuntimeClientTest extends TestCase
{
    private LegacyRuntimeClient $client;
    private RunRef $run;

    protected function setUp(): void
    {
        $this->client = new LegacyRuntimeClient(new FixtureDriver());
        $this->run = new RunRef('r', 't');
    }

    public function testItSpeaksTheRulesOfTheRuntimesStreams(): void
    {
        $types = [];
        $text = '';
        foreach ($this->start('Grüße/🚀 und mehr') as $block) {
            $part = $block->isDone() ? ['type' => 'DONE'] : json_decode($block->data, true);
            $types[] = $part['type'];
            $text .= $part['delta'] ?? '';
        }
        self::assertSame('Grüße/🚀 und mehr', $text);
        self::assertSame(
            ['start', 'start-step', 'text-start', 'text-delta', 'text-end', 'finish-step', 'finish', 'DONE'],
            array_values(array_unique($types))
        );
        self::assertTrue($this->client->getRun(Principal::user(1), $this->run)->ended);
    }

    public function testItsMessagesAreThereOnceTheyAreComplete(): void
    {
        $stream = $this->start('hello');
        $stream->next(0);
        $roles = fn (): array => array_column($this->client->messages(Principal::user(1), $this->run)->messages, 'role');
        self::assertSame(['user'], $roles());
        iterator_to_array($stream, false);
        self::assertSame(['user', 'assistant'], $roles());
        $this->expectException(NotFound::class);
        $this->client->messages(Principal::user(2), $this->run);
    }

    public function testACancelIsHeardInTheMiddleAndHasOneEnd(): void
    {
        $stream = $this->start(str_repeat('word ', 50));
        for ($block = 0; $block < 5; ++$block) {
            $stream->next(0);
        }
        $principal = Principal::user(1);
        self::assertSame('canceling', $this->client->cancelRun($principal, $this->run)->status);
        self::assertTrue($this->client->cancelRun($principal, $this->run)->idempotentReplay);
        $rest = implode('', array_map(static fn ($block) => $block->raw, iterator_to_array($stream, false)));
        self::assertSame(1, substr_count($rest, '"abort"'));
        self::assertSame(1, substr_count($rest, '[DONE]'));
        self::assertStringNotContainsString('finish', $rest);
    }

    public function testItCannotResume(): void
    {
        $this->expectException(ResumeNotSupported::class);
        $this->client->streamRun(Principal::user(1), $this->run, StreamFrom::beginning());
    }

    public function testAnotherUsersRunIsNotThere(): void
    {
        iterator_to_array($this->start('x'), false);
        $this->expectException(NotFound::class);
        $this->client->cancelRun(Principal::user(2), $this->run);
    }

    public function testADriverThatFailsIsTold(): void
    {
        $stream = new PartStream($this->run, (static function (): iterable {
            yield ['type' => 'start'];
            throw new LogicException('inside');
        })());
        $stream->next(0);
        $this->expectException(RuntimeServerError::class);
        $stream->next(0);
    }

    private function start(string $text): RunStream
    {
        return $this->client->startAndStream(
            Principal::user(1),
            new StartRun($this->run),
            Frame::userMessage('msg:1', $text),
            StreamFrom::beginning()
        );
    }
}
