<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** What answered does not speak the contract. */
final class ProtocolError extends RuntimeException
{
    protected const CODE = 'protocol_error';
    protected const STATUS = 502;
    protected const REFUSES = false;
}
