<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use OpenAgents\Runtime\Chat\ChatHistory;
use OpenAgents\Runtime\Chat\LiveRuns;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use OpenAgents\Runtime\Tests\Support\PinTable;
use OpenAgents\Runtime\Tests\Support\ScriptedRuntime;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

/** Which run of a thread a page finds at work, and how many it asks about. */
final class LiveRunsTest extends TestCase
{
    private PinTable $table;
    private ScriptedRuntime $runtime;

    protected function setUp(): void
    {
        $this->table = new PinTable();
        $this->runtime = new ScriptedRuntime(new FakeClock());
    }

    public function testMessagesThatWereRefusedHideNothingAndCostNothing(): void
    {
        $live = $this->started('m0');
        foreach (range(1, 12) as $number) {
            $this->tried("m{$number}", refused: true);
        }
        self::assertEquals($live, $this->live());
        self::assertSame(["get {$live->runId}"], $this->runtime->asked);
        (new ChatHistory($this->table->pins, $this->runtime))->of('t', Principal::user(7));
        self::assertCount(2, $this->runtime->asked);
    }

    public function testMessagesOfUnknownOutcomeHideNoRunThatWasStarted(): void
    {
        $live = $this->started('m0');
        foreach (range(1, 12) as $number) {
            $this->tried("m{$number}", refused: false);
        }
        self::assertEquals($live, $this->live());
    }

    public function testAMessageOfUnknownOutcomeIsFoundWhenItsRunIsThere(): void
    {
        $lost = $this->tried('m1', refused: false);
        $this->runtime->runs[$lost->runId] = 'answer';
        $this->started('m2');
        self::assertEquals($lost, $this->live());
    }

    public function testAMessageThatIsSentAgainAfterARefusalIsFoundAgain(): void
    {
        $this->tried('m1', refused: true);
        self::assertNull($this->live());
        self::assertEquals($this->started('m1'), $this->live());
    }

    public function testARunThatHasEndedIsAskedAboutOnce(): void
    {
        $run = $this->started('m1');
        $this->runtime->ended[$run->runId] = true;
        self::assertNull($this->live());
        self::assertNull($this->live());
        self::assertCount(1, $this->runtime->asked);
    }

    private function started(string $messageId): RunRef
    {
        $run = $this->table->claim($messageId);
        $this->table->taken($run)->done($run);
        $this->runtime->runs[$run->runId] = 'answer';

        return $run;
    }

    private function tried(string $messageId, bool $refused): RunRef
    {
        $run = $this->table->claim($messageId);
        $this->table->taken($run)->giveBack($run, $refused);

        return $run;
    }

    private function live(): ?RunRef
    {
        return (new LiveRuns($this->table->pins, $this->runtime))->of('t', Principal::user(7));
    }
}
