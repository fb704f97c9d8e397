<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

/** The request for a stream, signed for somebody else to send: once, and within the token's lifetime. */
final class SignedStream
{
    /**
     * @param string $target path and query, as they are signed and sent
     * @param array<string, string> $headers the token among them: they are for the runtime's eyes alone
     */
    public function __construct(
        public readonly string $target,
        public readonly array $headers,
    ) {
    }
}
