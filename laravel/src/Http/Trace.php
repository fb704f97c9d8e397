<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use OpenAgents\Runtime\Values\Identifier;
use OpenAgents\Runtime\Values\Uuid7;

/** The trace that calls belong to: of the browser's request, or one that begins here. */
final class Trace
{
    private const TRACEPARENT = '/\A(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\z/';
    private const MAX_TRACESTATE_BYTES = 512;

    private function __construct(
        public readonly string $requestId,
        private readonly ?string $traceparent,
        private readonly ?string $tracestate,
    ) {
    }

    /** What is malformed is left out; a request id is made where there is none. */
    public static function of(?string $requestId, ?string $traceparent, ?string $tracestate): self
    {
        $traced = preg_match(self::TRACEPARENT, $traceparent ?? '') === 1;
        $stated = $traced && $tracestate !== null
            && preg_match('/\A[\x20-\x7e]+\z/', $tracestate) === 1
            && strlen($tracestate) <= self::MAX_TRACESTATE_BYTES;

        return new self(
            Identifier::fits($requestId) ? (string) $requestId : Uuid7::make(),
            $traced ? $traceparent : null,
            $stated ? $tracestate : null,
        );
    }

    public static function fresh(): self
    {
        return self::of(null, null, null);
    }

    /** @return array<string, string> */
    public function headers(): array
    {
        return array_filter([
            'X-Request-Id' => $this->requestId,
            'traceparent' => $this->traceparent,
            'tracestate' => $this->tracestate,
        ], static fn (?string $value): bool => $value !== null);
    }
}
