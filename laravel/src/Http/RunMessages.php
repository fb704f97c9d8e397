<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use stdClass;

/**
 * A run's events as the messages that `useChat` shows: what its user said, and the answer once it is
 * complete. What is missing of a run that is at work comes with its stream.
 */
final class RunMessages
{
    /** @var list<array<string, mixed>> */
    private array $messages = [];
    private ?int $answer = null;
    /** Where the step that is under way began, in the answer's parts. */
    private int $stepAt = 0;
    private bool $ended = false;

    public function __construct(private readonly string $runId)
    {
    }

    /** Takes the next event. */
    public function add(stdClass $event): void
    {
        $this->ended = $this->ended || $event->type === 'run.finished';
        $payload = $event->payload;
        if ($payload === null) {
            return; // no longer kept; nothing of a message is among those
        }
        match ($event->type) {
            'frame.accepted' => $this->user($payload),
            'run.started', 'turn.started' => $this->begin($payload->message_id),
            'step.started' => $this->step(),
            'step.superseded' => $this->superseded($payload->message_id ?? null),
            'text.started' => $this->part(['type' => 'text', 'text' => ''], $payload->part_id),
            'reasoning.started' => $this->part(['type' => 'reasoning', 'text' => ''], $payload->part_id),
            'text.ended', 'reasoning.ended' => $this->complete($payload->part_id, [
                'text' => $payload->text, 'state' => 'done',
            ]),
            'tool.call' => $this->part([
                'type' => "tool-{$payload->tool_name}",
                'toolCallId' => $payload->tool_call_id,
                'state' => 'input-available',
                'input' => $payload->input,
            ] + ($payload->client ?? false ? [] : ['providerExecuted' => true]), $payload->tool_call_id),
            'tool.result' => $this->complete($payload->tool_call_id, self::result($payload)),
            'run.cap_exceeded' => $this->part(['type' => 'data-run-limit', 'data' => $payload], 'limit'),
            'turn.ended', 'run.finished' => $this->end($payload),
            default => null,
        };
    }

    /** @return list<array<string, mixed>> */
    public function messages(): array
    {
        $complete = [];
        foreach ($this->messages as $number => $message) {
            if ($number !== $this->answer) {
                $message['parts'] = array_values($message['parts']);
                $complete[] = $message;
            }
        }

        return $complete;
    }

    /** Whether the run has: nothing more will be said in it. */
    public function ended(): bool
    {
        return $this->ended;
    }

    private function user(stdClass $payload): void
    {
        if ($payload->frame_type !== 'user_message') {
            return;
        }
        $said = $payload->payload;
        $this->messages[] = [
            'id' => preg_replace('/\Amsg:/', '', $payload->frame_id),
            'role' => 'user',
            'parts' => $said->parts ?? [['type' => 'text', 'text' => $said->text ?? '']],
        ];
    }

    private function begin(string $id): void
    {
        if ($this->answer === null) {
            $this->answer = count($this->messages);
            $this->messages[] = ['id' => $id, 'role' => 'assistant', 'parts' => []];
        }
    }

    private function step(): void
    {
        if ($this->answer !== null) {
            $this->stepAt = count($this->messages[$this->answer]['parts']);
            $this->messages[$this->answer]['parts'][] = ['type' => 'step-start'];
        }
    }

    /** The step is taken again; what was shown of it does not count. */
    private function superseded(?string $id): void
    {
        if ($this->answer !== null) {
            $message = &$this->messages[$this->answer];
            $message['parts'] = array_slice($message['parts'], 0, $this->stepAt);
            $message['id'] = $id ?? $message['id'];
        }
    }

    /** @param array<string, mixed> $part */
    private function part(array $part, string $name): void
    {
        if ($this->answer !== null) {
            $parts = &$this->messages[$this->answer]['parts'];
            $parts[$name] = $part;
        }
    }

    /** @param array<string, mixed> $fields */
    private function complete(string $name, array $fields): void
    {
        if (isset($this->messages[$this->answer]['parts'][$name])) {
            $part = &$this->messages[$this->answer]['parts'][$name];
            $part = $fields + $part;
        }
    }

    private function end(stdClass $payload): void
    {
        // The AI SDK reads no further than an `error` or an `abort`, and `finish` has the metadata.
        if ($this->answer !== null && ($payload->status ?? 'completed') === 'completed') {
            $this->messages[$this->answer]['metadata'] = ['runId' => $this->runId, 'usage' => $payload->usage];
        }
        $this->answer = null;
    }

    /** @return array<string, mixed> */
    private static function result(stdClass $payload): array
    {
        return match ($payload->status) {
            'succeeded' => ['state' => 'output-available', 'output' => $payload->output ?? null],
            'denied' => ['state' => 'output-denied'],
            default => [
                'state' => 'output-error',
                'errorText' => $payload->error ?? "the tool call was {$payload->status}",
            ],
        };
    }
}
