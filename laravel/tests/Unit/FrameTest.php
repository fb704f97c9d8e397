<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use OpenAgents\Runtime\Values\Frame;
use PHPUnit\Framework\TestCase;

/** Frames as the contract wants them. */
final class FrameTest extends TestCase
{
    public function testAnAnswerNamesItsCallAndRepeatsUnderTheSameId(): void
    {
        $frame = Frame::toolResult('call_1', ['colour' => 'red']);
        self::assertSame('answer:call_1', $frame->frameId);
        self::assertSame(
            '{"frame_id":"answer:call_1","type":"tool_result",'
            . '"payload":{"tool_call_id":"call_1","output":{"colour":"red"}}}',
            json_encode($frame->toBody()),
        );
    }

    public function testNothingIsAnAnswerAndAnErrorIsOneToo(): void
    {
        self::assertSame(['tool_call_id' => 'call_1', 'output' => null], Frame::toolResult('call_1', null)->payload);
        self::assertSame(['tool_call_id' => 'call_1', 'error' => 'no'], Frame::toolError('call_1', 'no')->payload);
    }
}
