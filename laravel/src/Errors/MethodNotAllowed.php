<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The route does not take this method. */
final class MethodNotAllowed extends RuntimeException
{
    protected const CODE = 'method_not_allowed';
    protected const STATUS = 405;
}
