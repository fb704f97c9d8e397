<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use InvalidArgumentException;
use OpenAgents\Runtime\Chat\ToolAnswers;
use PHPUnit\Framework\TestCase;

/** Which parts of a message are answers of the page's tools. */
final class ToolAnswersTest extends TestCase
{
    private const STEP = ['type' => 'step-start'];

    public function testOnlyThoseOfTheLastStepThatThePageItselfHasGiven(): void
    {
        $answers = $this->in([
            self::STEP,
            self::tool('call_1', 'output-available', output: 1),
            self::STEP,
            self::tool('call_2', 'output-available', output: ['colour' => 'red']),
            self::tool('call_3', 'output-error', errorText: 'no'),
            self::tool('call_4', 'output-available', providerExecuted: true, output: 2),
            ['type' => 'text', 'text' => 'x'],
        ]);
        self::assertSame('u7.t', $answers?->threadId);
        self::assertSame(
            [['tool_call_id' => 'call_2', 'output' => ['colour' => 'red']], ['tool_call_id' => 'call_3', 'error' => 'no']],
            array_column($answers->frames, 'payload'),
        );
    }

    public function testAMessageWithoutAnswersIsNone(): void
    {
        self::assertNull($this->in([self::tool('call_1', 'input-available')]));
        self::assertNull($this->in([self::tool('call_1', 'output-available', output: 1), self::STEP]));
        self::assertNull($this->in([self::tool('call_1', 'output-available', output: 1)], 'user'));
        self::assertNull($this->in(['x', null, ['toolCallId' => 1, 'state' => 'output-available']]));
        self::assertNull(ToolAnswers::in([]));
    }

    public function testACallWithoutAnIdThatCouldBeOneIsNamed(): void
    {
        $this->expectException(InvalidArgumentException::class);
        $this->expectExceptionMessage('frame_id');
        $this->in([self::tool('call 1', 'output-available', output: 1)]);
    }

    /** @param list<mixed> $parts */
    private function in(array $parts, string $role = 'assistant'): ?ToolAnswers
    {
        return ToolAnswers::in(['id' => 'u7.t', 'messages' => [['role' => $role, 'parts' => $parts]]]);
    }

    /** @return array<string, mixed> */
    private static function tool(string $callId, string $state, mixed ...$more): array
    {
        return ['type' => 'tool-x', 'toolCallId' => $callId, 'state' => $state] + $more;
    }
}
