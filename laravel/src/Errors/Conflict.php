<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The id stands for other content, or the thread is busy. */
class Conflict extends RuntimeException
{
    protected const CODE = 'conflict';
    protected const STATUS = 409;
}
