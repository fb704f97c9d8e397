<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** Well-formed, and refused all the same. */
final class Unprocessable extends RuntimeException
{
    protected const CODE = 'unprocessable';
    protected const STATUS = 422;
}
