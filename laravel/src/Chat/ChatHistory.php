<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use OpenAgents\Runtime\Errors\NotFound;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Values\Principal;

/** The messages of a thread, each run's from the driver that has it. */
final class ChatHistory
{
    /** A run costs one request or more. */
    private const MOST_RUNS = 50;

    public function __construct(
        private readonly RunPins $pins,
        private readonly RuntimeClient $client,
    ) {
    }

    /**
     * Of the newest 50 runs, oldest first. A run at work ends the list with what its user said: the
     * answer comes with its stream, from the beginning, and the AI SDK adds it to what is shown. A run
     * that ended without an answer has none, and the list goes on.
     *
     * @return list<array<string, mixed>> as `useChat` takes them
     *
     * @throws RuntimeException
     */
    public function of(string $threadId, Principal $principal): array
    {
        $messages = [];
        foreach ($this->pins->newest($threadId, $principal, self::MOST_RUNS) as $pin) {
            try {
                $found = $this->client->messages($principal, $pin->run);
            } catch (NotFound) {
                continue; // claimed, and not started: by a request that failed, or is under way
            }
            array_push($messages, ...$found->messages);
            if ($found->awaitsAnAnswer()) {
                break;
            }
        }

        return $messages;
    }
}
