<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** A field is missing, malformed or out of bounds; details name it. */
final class InvalidRequest extends RuntimeException
{
    protected const CODE = 'invalid_request';
    protected const STATUS = 400;
}
