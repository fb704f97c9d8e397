<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Signing;

use InvalidArgumentException;
use OpenAgents\Runtime\Support\Clock;
use OpenAgents\Runtime\Support\Json;

/** Mints the token of one request: `v1.<claims>.<MAC>`, good for that request alone, once. */
final class TokenSigner
{
    public const SIGNATURE = 'X-OA-RUNTIME-SIGNATURE';
    public const KEY_ID = 'X-OA-RUNTIME-KEY-ID';
    public const MAX_LIFETIME_S = 300;

    public function __construct(
        private readonly SigningKey $key,
        private readonly Clock $clock,
        private readonly int $lifetimeS = 60,
    ) {
        if ($lifetimeS < 1 || $lifetimeS > self::MAX_LIFETIME_S) {
            throw new InvalidArgumentException('a token lives for 1 to 300 seconds');
        }
    }

    /**
     * Headers for one attempt at a request; every attempt needs its own.
     *
     * @param string $path as it is sent, without the query
     * @param string $body the very bytes that are sent; empty when there are none
     * @param string|null $nonce for test vectors; made when left out
     *
     * @return array<string, string>
     */
    public function sign(
        Claims $claims,
        string $method,
        string $path,
        string $body,
        ?string $nonce = null,
    ): array {
        $nowS = $this->clock->unixSeconds();
        $signed = [
            'iat' => $nowS,
            'exp' => $nowS + $this->lifetimeS,
            'nonce' => $nonce ?? bin2hex(random_bytes(16)),
        ] + $claims->toArray() + [
            'htm' => $method,
            'htp' => $path,
            'bsh' => hash('sha256', $body),
        ];

        return [
            self::SIGNATURE => $this->token(Json::encode($signed)),
            self::KEY_ID => $this->key->id,
        ] + $claims->principal->header();
    }

    /** The token of a claims text, byte for byte. */
    public function token(string $claimsText): string
    {
        $claims = self::base64url($claimsText);

        return "v1.{$claims}." . self::base64url($this->key->mac($claims));
    }

    private static function base64url(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}
