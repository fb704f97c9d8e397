<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** An admission limit; the retries did not outlast it. */
final class RuntimeThrottled extends RuntimeException
{
    protected const CODE = 'throttled';
    protected const STATUS = 429;
    protected const RETRYABLE = true;

    /** The name of the limit. */
    public function limit(): ?string
    {
        return $this->details()[0]['field'] ?? null;
    }
}
