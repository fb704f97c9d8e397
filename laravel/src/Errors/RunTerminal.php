<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The run has ended and takes no new frame. */
final class RunTerminal extends Conflict
{
    protected const CODE = 'conflict';
    protected const STATUS = 409;
}
