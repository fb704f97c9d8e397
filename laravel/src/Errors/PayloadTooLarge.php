<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The body is larger than the runtime takes. */
final class PayloadTooLarge extends RuntimeException
{
    protected const CODE = 'payload_too_large';
    protected const STATUS = 413;
}
