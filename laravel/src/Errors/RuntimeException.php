<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

use Throwable;

/**
 * What can go wrong with the runtime, as one tree.
 *
 *     RuntimeException
 *     ├── InvalidRequest       400    ├── RuntimeThrottled      429, after the retries
 *     ├── Unauthorized         401    ├── RuntimeUnavailable    502, 503, 504, or cut off
 *     ├── Forbidden            403    ├── RuntimeServerError    500
 *     ├── NotFound             404    ├── RuntimeConnectFailed  nobody answers
 *     ├── MethodNotAllowed     405    ├── RuntimeTimedOut       the answer did not come in time
 *     ├── Conflict             409    └── ProtocolError         not the contract's JSON or SSE
 *     │   └── RunTerminal
 *     ├── StaleCursor          410
 *     ├── PayloadTooLarge      413
 *     ├── Unprocessable        422
 *     └── ResumeNotSupported   the legacy driver has no cursor
 */
abstract class RuntimeException extends \RuntimeException
{
    /** The contract's error code, or the like of it where nothing has answered. */
    protected const CODE = 'internal_error';
    /** What the browser is answered. */
    protected const STATUS = 502;
    protected const RETRYABLE = false;
    /** Whether who answers so has done nothing. */
    protected const REFUSES = true;

    private bool $afterUnknown = false;

    /** @param list<array{field: string, message: string}> $details */
    final public function __construct(
        string $message,
        private readonly ?int $upstreamStatus = null,
        private readonly ?string $requestId = null,
        private readonly array $details = [],
        private readonly ?int $retryAfterS = null,
        private readonly bool $outcomeUnknown = false,
        ?Throwable $previous = null,
    ) {
        parent::__construct($message, 0, $previous);
    }

    public function errorCode(): string
    {
        return static::CODE;
    }

    /** The status that the runtime answered with; where it has not, the one that says so best. */
    public function status(): int
    {
        return $this->upstreamStatus ?? static::STATUS;
    }

    /** Under which the runtime's log has it; null when nothing has answered. */
    public function requestId(): ?string
    {
        return $this->requestId;
    }

    /** @return list<array{field: string, message: string}> */
    public function details(): array
    {
        return $this->details;
    }

    /** Whether the same request may succeed later; the client has tried that already. */
    public function isRetryable(): bool
    {
        return static::RETRYABLE;
    }

    /** Whether the runtime may have done what it was asked. */
    public function outcomeUnknown(): bool
    {
        return $this->outcomeUnknown;
    }

    /** Whether the runtime surely has not done what it was asked, in no attempt: unreached, or refused. */
    public function surelyRefused(): bool
    {
        return static::REFUSES && !$this->outcomeUnknown && !$this->afterUnknown;
    }

    /** The answer to a repetition: what became of an earlier attempt is not known. */
    public function afterUnknown(): static
    {
        $this->afterUnknown = true;

        return $this;
    }

    public function retryAfterS(): ?int
    {
        return $this->retryAfterS;
    }

    /** The message of the detail that is about `$field`, or null. */
    public function detail(string $field): ?string
    {
        foreach ($this->details as $detail) {
            if ($detail['field'] === $field) {
                return $detail['message'];
            }
        }

        return null;
    }
}
