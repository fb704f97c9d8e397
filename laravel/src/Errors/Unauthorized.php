<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The signature or the principal does not hold: keys or clocks differ. */
final class Unauthorized extends RuntimeException
{
    protected const CODE = 'unauthorized';
    protected const STATUS = 401;
}
