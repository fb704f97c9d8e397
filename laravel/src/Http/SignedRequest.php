<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use OpenAgents\Runtime\Signing\Claims;
use OpenAgents\Runtime\Signing\TokenSigner;
use OpenAgents\Runtime\Support\Json;

/** One request of the contract; signed anew for every attempt. */
final class SignedRequest
{
    public const PREFIX = '/internal/v1';
    public readonly string $body;

    /**
     * @param string $path below the prefix, its ids already checked
     * @param array<string, mixed>|null $body encoded here, once: these bytes are signed and sent
     * @param array<string, string> $headers more of them
     */
    public function __construct(
        private readonly Claims $claims,
        public readonly string $method,
        private readonly string $path,
        private readonly string $query = '',
        ?array $body = null,
        private readonly array $headers = [],
    ) {
        $this->body = $body === null ? '' : Json::encode($body);
    }

    /** Path and query, as they are sent. */
    public function target(): string
    {
        return self::PREFIX . $this->path . ($this->query === '' ? '' : "?{$this->query}");
    }

    /** @return array<string, string> with a token that is good for one attempt */
    public function headers(TokenSigner $signer, Trace $trace): array
    {
        return $signer->sign($this->claims, $this->method, self::PREFIX . $this->path, $this->body)
            + $trace->headers()
            + $this->headers;
    }
}
