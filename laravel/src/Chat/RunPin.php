<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Values\RunRef;

/** Which run a message got, who executes it, and whether that one has begun, or perhaps has. */
final class RunPin
{
    /** @param string|null $starter who asked for it last, unless it surely was refused */
    public function __construct(
        public readonly RunRef $run,
        public readonly string $principal,
        public readonly Driver $driver,
        public readonly bool $started,
        public readonly ?string $starter,
    ) {
    }
}
