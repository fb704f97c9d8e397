<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

use InvalidArgumentException;

/** A run to be started. Its id is the caller's, made before the first attempt. */
final class StartRun
{
    /**
     * @param array<string, mixed> $options fields of the contract's `POST /runs` beside the ids:
     *     `mode`, `model`, `autopilot_id`, `tool_policy`, `client_tools`, `caps`, `on_busy`,
     *     `metadata`
     */
    public function __construct(
        public readonly RunRef $run,
        public readonly array $options = [],
    ) {
        $named = array_intersect(['run_id', 'thread_id'], array_keys($options));
        if ($named !== []) {
            throw new InvalidArgumentException('ids are not options: ' . implode(', ', $named));
        }
    }

    /** @return array<string, mixed> */
    public function toBody(): array
    {
        return ['run_id' => $this->run->runId, 'thread_id' => $this->run->threadId] + $this->options;
    }
}
