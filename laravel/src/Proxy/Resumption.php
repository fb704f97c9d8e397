<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Proxy;

use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StreamFrom;

/** How a stream that was cut is opened again. */
final class Resumption
{
    /** @param StreamFrom $from where it began, for a cut before its first event */
    public function __construct(
        private readonly RuntimeClient $client,
        private readonly Principal $principal,
        private readonly RunRef $run,
        private readonly StreamFrom $from,
    ) {
    }

    /** After the event with that id; from where it began when there was none. */
    public function after(?string $lastId): RunStream
    {
        $from = $lastId === null ? $this->from : $this->from->after($lastId);

        return $this->client->streamRun($this->principal, $this->run, $from);
    }
}
