<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The answer did not come in time; what was asked may have been done. */
final class RuntimeTimedOut extends RuntimeException
{
    protected const CODE = 'timed_out';
    protected const STATUS = 504;
}
