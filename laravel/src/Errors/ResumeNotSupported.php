<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The legacy driver has no cursor: a stream of it is read once. */
final class ResumeNotSupported extends RuntimeException
{
    protected const CODE = 'resume_not_supported';
    protected const STATUS = 409;
}
