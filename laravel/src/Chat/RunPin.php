<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use OpenAgents\Runtime\Values\RunRef;

/** Which run a message got. */
final class RunPin
{
    public function __construct(
        public readonly RunRef $run,
        public readonly string $principal,
        public readonly string $driver,
    ) {
    }
}
