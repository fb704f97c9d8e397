<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use OpenAgents\Runtime\Errors\NotFound;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;

/** The run of a thread that is at work, as its driver says. */
final class LiveRuns
{
    public function __construct(
        private readonly RunPins $pins,
        private readonly RuntimeClient $client,
    ) {
    }

    /**
     * The oldest that has not ended: those behind it wait for it.
     *
     * @throws RuntimeException
     */
    public function of(string $threadId, Principal $principal): ?RunRef
    {
        foreach ($this->pins->open($threadId, $principal) as $pin) {
            try {
                $snapshot = $this->client->getRun($principal, $pin->run);
            } catch (NotFound) {
                continue; // claimed, and not started: by a request that failed, or is under way
            }
            if (!$snapshot->ended) {
                return $pin->run;
            }
            $this->pins->end($pin->run);
        }

        return null;
    }
}
