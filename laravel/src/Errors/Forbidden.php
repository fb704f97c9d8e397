<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** It belongs to somebody else, or the token is for another request. */
final class Forbidden extends RuntimeException
{
    protected const CODE = 'forbidden';
    protected const STATUS = 403;
}
