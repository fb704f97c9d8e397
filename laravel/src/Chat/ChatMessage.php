<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use InvalidArgumentException;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Identifier;

/** What `useChat` posts: the thread, and the user's message that wants an answer. */
final class ChatMessage
{
    private const TRIGGERS = ['submit-message', 'regenerate-message'];

    /** @param string $key what a repetition of the same request has in common with it */
    private function __construct(
        public readonly string $threadId,
        public readonly string $trigger,
        public readonly string $key,
        public readonly Frame $frame,
    ) {
    }

    /**
     * @param array<string, mixed> $body `id`, `messages`, `trigger`, `messageId`
     *
     * @throws InvalidArgumentException names what is wrong
     */
    public static function of(array $body): self
    {
        $trigger = $body['trigger'] ?? self::TRIGGERS[0];
        if (!in_array($trigger, self::TRIGGERS, true)) {
            throw new InvalidArgumentException('trigger must be one of ' . implode(', ', self::TRIGGERS));
        }
        $messages = is_array($body['messages'] ?? null) ? $body['messages'] : [];
        $last = $messages === [] ? null : end($messages);
        if (!is_array($last) || ($last['role'] ?? null) !== 'user') {
            throw new InvalidArgumentException('the last of messages must be the user\'s');
        }
        $id = self::id('messages.id', $last['id'] ?? null);
        $parts = self::textParts($last['parts'] ?? null);

        return new self(
            self::id('id', $body['id'] ?? null),
            $trigger,
            self::key($trigger, $body['messageId'] ?? null, $id, $parts),
            new Frame("msg:{$id}", 'user_message', ['parts' => $parts]),
        );
    }

    /**
     * An edited message keeps its id and is another request; a message that is answered anew is too,
     * and then the id is that of the answer.
     *
     * @param list<array{type: string, text: string}> $parts
     */
    private static function key(string $trigger, mixed $named, string $id, array $parts): string
    {
        if ($named === null) {
            return $id;
        }
        $named = self::id('messageId', $named);
        if ($trigger === self::TRIGGERS[1]) {
            return $named;
        }

        return $id . '.' . substr(hash('sha256', serialize($parts)), 0, 16);
    }

    /** @return list<array{type: string, text: string}> */
    private static function textParts(mixed $given): array
    {
        $parts = [];
        foreach (is_array($given) ? $given : [] as $part) {
            if (is_array($part) && ($part['type'] ?? null) === 'text' && is_string($part['text'] ?? null)) {
                $parts[] = ['type' => 'text', 'text' => $part['text']];
            }
        }

        return $parts !== [] ? $parts : throw new InvalidArgumentException('the message has no text');
    }

    private static function id(string $field, mixed $given): string
    {
        $id = Identifier::check($field, is_string($given) ? $given : '');
        if (strlen($id) > 180) {
            throw new InvalidArgumentException("{$field} must be at most 180 characters");
        }

        return $id;
    }
}
