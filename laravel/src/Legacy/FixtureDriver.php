<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Legacy;

use OpenAgents\Runtime\Values\CancelResult;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\RunSnapshot;
use OpenAgents\Runtime\Values\StartRun;

/** A legacy driver that repeats what it is told: for tests and for trying out. It is no model. */
final class FixtureDriver implements LegacyDriver
{
    /** @var array<string, array{owner: string, thread: string, status: string, messages: list<array<string, mixed>>}> */
    private array $runs = [];

    public function answer(Principal $principal, StartRun $start, Frame $frame): iterable
    {
        $runId = $start->run->runId;
        $this->runs[$runId] = [
            'owner' => (string) $principal, 'thread' => $start->run->threadId, 'status' => 'running',
            'messages' => [self::message(preg_replace('/\Amsg:/', '', $frame->frameId), 'user', $frame->text())],
        ];
        yield ['type' => 'start', 'messageId' => "msg_{$runId}_1"];
        yield ['type' => 'start-step'];
        yield ['type' => 'text-start', 'id' => 'p1'];
        foreach (mb_str_split($frame->text(), 8) as $piece) {
            if ($this->runs[$runId]['status'] === 'canceling') {
                $this->runs[$runId]['status'] = 'canceled';
                yield ['type' => 'abort', 'reason' => 'canceled'];

                return;
            }
            yield ['type' => 'text-delta', 'id' => 'p1', 'delta' => $piece];
        }
        yield ['type' => 'text-end', 'id' => 'p1'];
        yield ['type' => 'finish-step'];
        $this->runs[$runId]['status'] = 'completed';
        $this->runs[$runId]['messages'][] = self::message("msg_{$runId}_1", 'assistant', $frame->text());
        yield ['type' => 'finish', 'finishReason' => 'stop', 'messageMetadata' => ['runId' => $runId]];
    }

    public function cancel(Principal $principal, RunRef $run, ?string $reason): CancelResult
    {
        $before = $this->runs[$run->runId]['status'];
        if ($before === 'running') {
            $this->runs[$run->runId]['status'] = 'canceling';
        }

        return new CancelResult($run->runId, $this->runs[$run->runId]['status'], $before !== 'running');
    }

    public function find(Principal $principal, RunRef $run): ?RunSnapshot
    {
        $known = $this->runs[$run->runId] ?? null;
        if ($known === null || $known['owner'] !== (string) $principal || $known['thread'] !== $run->threadId) {
            return null;
        }
        $ended = in_array($known['status'], ['completed', 'canceled'], true);

        return new RunSnapshot($run->runId, $run->threadId, $known['status'], 0, $ended);
    }

    public function messages(Principal $principal, RunRef $run): ?array
    {
        return $this->find($principal, $run) === null ? null : $this->runs[$run->runId]['messages'];
    }

    /** @return array<string, mixed> */
    private static function message(string $id, string $role, string $text): array
    {
        return ['id' => $id, 'role' => $role, 'parts' => [['type' => 'text', 'text' => $text]]];
    }
}
