<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use InvalidArgumentException;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Identifier;

/** What `useChat` posts once the tools of the page have answered: the message that they belong to. */
final class ToolAnswers
{
    /** @param non-empty-list<Frame> $frames one for each call of the message's last step */
    private function __construct(
        public readonly string $threadId,
        public readonly array $frames,
    ) {
    }

    /**
     * Null when the last message is not an answer of the model that has such.
     *
     * @param array<string, mixed> $body `id`, `messages`, and what else a chat posts
     *
     * @throws InvalidArgumentException names what is wrong
     */
    public static function in(array $body): ?self
    {
        $messages = is_array($body['messages'] ?? null) ? $body['messages'] : [];
        $last = $messages === [] ? null : end($messages);
        if (!is_array($last) || ($last['role'] ?? null) !== 'assistant' || !is_array($last['parts'] ?? null)) {
            return null;
        }
        $frames = [];
        foreach ($last['parts'] as $part) {
            $part = is_array($part) ? $part : [];
            $frames = match (true) {
                ($part['type'] ?? null) === 'step-start' => [],
                ($frame = self::frame($part)) === null => $frames,
                default => [...$frames, $frame],
            };
        }
        if ($frames === []) {
            return null;
        }
        $threadId = $body['id'] ?? null;

        return new self(Identifier::check('id', is_string($threadId) ? $threadId : ''), $frames);
    }

    /**
     * What the server's tools have answered is `providerExecuted`.
     *
     * @param array<string, mixed> $part
     */
    private static function frame(array $part): ?Frame
    {
        $callId = $part['toolCallId'] ?? null;
        if (!is_string($callId) || ($part['providerExecuted'] ?? false) === true) {
            return null;
        }

        return match ($part['state'] ?? null) {
            'output-available' => Frame::toolResult($callId, $part['output'] ?? null),
            'output-error' => Frame::toolError($callId, (string) ($part['errorText'] ?? '')),
            default => null,
        };
    }
}
