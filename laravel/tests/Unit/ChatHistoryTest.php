<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use OpenAgents\Runtime\Chat\ChatHistory;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use OpenAgents\Runtime\Tests\Support\PinTable;
use OpenAgents\Runtime\Tests\Support\ScriptedRuntime;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\Transcript;
use PHPUnit\Framework\TestCase;

/** Where the list of a thread's messages ends. */
final class ChatHistoryTest extends TestCase
{
    private PinTable $table;
    private ScriptedRuntime $runtime;

    protected function setUp(): void
    {
        $this->table = new PinTable();
        $this->runtime = new ScriptedRuntime(new FakeClock());
    }

    public function testARunThatEndedWithoutAnAnswerHidesNothing(): void
    {
        $this->said('m1', ['user', 'assistant'], ended: true);
        $this->said('m2', ['user'], ended: true);
        $this->said('m3', ['user', 'assistant'], ended: true);
        self::assertSame(['m1 user', 'm1 assistant', 'm2 user', 'm3 user', 'm3 assistant'], $this->history());
    }

    public function testARunAtWorkEndsTheList(): void
    {
        $this->said('m1', ['user', 'assistant'], ended: true);
        $this->said('m2', ['user'], ended: false);
        $this->said('m3', ['user'], ended: false);
        self::assertSame(['m1 user', 'm1 assistant', 'm2 user'], $this->history());
    }

    /** @param list<string> $roles */
    private function said(string $messageId, array $roles, bool $ended): void
    {
        $run = $this->table->claim($messageId);
        $this->table->taken($run)->done($run);
        $messages = array_map(static fn (string $role): array => ['id' => "{$messageId} {$role}", 'role' => $role], $roles);
        $this->runtime->transcripts[$run->runId] = new Transcript($messages, $ended);
    }

    /** @return list<string> */
    private function history(): array
    {
        return array_column((new ChatHistory($this->table->pins, $this->runtime))->of('t', Principal::user(7)), 'id');
    }
}
