<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** Nobody answers at the address; the request was not sent. */
final class RuntimeConnectFailed extends RuntimeException
{
    protected const CODE = 'connect_failed';
    protected const STATUS = 503;
    protected const RETRYABLE = true;
}
