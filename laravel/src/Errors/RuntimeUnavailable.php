<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The runtime, or what is before it, cannot answer now, or cut the connection. */
final class RuntimeUnavailable extends RuntimeException
{
    protected const CODE = 'unavailable';
    protected const STATUS = 503;
    protected const RETRYABLE = true;
}
