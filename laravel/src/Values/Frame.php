<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

use InvalidArgumentException;

/** One input to a run; the same `frameId` again changes nothing. */
final class Frame
{
    private const TYPES = [
        'user_message', 'context', 'tool_result', 'approval_response', 'cancel', 'complete',
    ];

    /** @param array<string, mixed> $payload */
    public function __construct(
        public readonly string $frameId,
        public readonly string $type,
        public readonly array $payload,
    ) {
        Identifier::check('frame_id', $frameId);
        if (!in_array($type, self::TYPES, true)) {
            throw new InvalidArgumentException('type must be one of ' . implode(', ', self::TYPES));
        }
        if ($payload !== [] && array_is_list($payload)) {
            throw new InvalidArgumentException('payload must be an object');
        }
    }

    public static function userMessage(string $frameId, string $text): self
    {
        return new self($frameId, 'user_message', ['text' => $text]);
    }

    /** The answer to a call of a client-side tool; the call's id makes a repetition harmless. */
    public static function toolResult(string $toolCallId, mixed $output): self
    {
        return self::answer($toolCallId, ['output' => $output]);
    }

    /** The same for a call that the client could not do. */
    public static function toolError(string $toolCallId, string $error): self
    {
        return self::answer($toolCallId, ['error' => $error]);
    }

    /** @param array<string, mixed> $answer */
    private static function answer(string $toolCallId, array $answer): self
    {
        return new self("answer:{$toolCallId}", 'tool_result', ['tool_call_id' => $toolCallId] + $answer);
    }

    /** What a user message says: its `text`, or its text parts together. */
    public function text(): string
    {
        return (string) ($this->payload['text']
            ?? implode('', array_column($this->payload['parts'] ?? [], 'text')));
    }

    /** @return array<string, mixed> */
    public function toBody(): array
    {
        return [
            'frame_id' => $this->frameId,
            'type' => $this->type,
            'payload' => (object) $this->payload,
        ];
    }
}
