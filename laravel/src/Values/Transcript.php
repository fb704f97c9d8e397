<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

/** What was said in a run, and whether that is all of it. */
final class Transcript
{
    /**
     * @param list<array<string, mixed>> $messages as `useChat` shows them: its user's, and each answer
     *     once it is complete
     * @param bool $ended whether nothing more will be said
     */
    public function __construct(
        public readonly array $messages,
        public readonly bool $ended,
    ) {
    }

    /** Whether an answer is under way or awaited. */
    public function awaitsAnAnswer(): bool
    {
        [$last] = array_slice($this->messages, -1) + [null];

        return !$this->ended && $last !== null && $last['role'] === 'user';
    }
}
