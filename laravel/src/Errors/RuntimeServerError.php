<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The runtime failed; its log has the request id. */
final class RuntimeServerError extends RuntimeException
{
    protected const CODE = 'internal_error';
    protected const STATUS = 500;
    protected const REFUSES = false;
}
