<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** There is no such run or thread. */
final class NotFound extends RuntimeException
{
    protected const CODE = 'not_found';
    protected const STATUS = 404;
}
