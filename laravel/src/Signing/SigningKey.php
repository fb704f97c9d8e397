<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Signing;

use InvalidArgumentException;

/** A shared secret under a name. The secret never prints. */
final class SigningKey
{
    public const MIN_SECRET_BYTES = 32;

    private function __construct(
        public readonly string $id,
        private readonly string $secret,
    ) {
    }

    /** @throws InvalidArgumentException when the id is malformed or the secret is short */
    public static function of(string $id, string $secret): self
    {
        if (strlen($secret) < self::MIN_SECRET_BYTES) {
            throw new InvalidArgumentException(
                'the signing key must have at least ' . self::MIN_SECRET_BYTES . ' bytes'
            );
        }

        return self::ofAnyLength($id, $secret);
    }

    /** A key of any length that is not empty: for test vectors and test services only. */
    public static function ofAnyLength(string $id, string $secret): self
    {
        if (preg_match('/\A[A-Za-z0-9._-]{1,64}\z/', $id) !== 1 || $secret === '') {
            throw new InvalidArgumentException(
                'a signing key is a secret and an id of 1 to 64 of A-Z a-z 0-9 . _ -'
            );
        }

        return new self($id, $secret);
    }

    /** HMAC-SHA256, raw bytes. */
    public function mac(string $text): string
    {
        return hash_hmac('sha256', $text, $this->secret, true);
    }

    /** @return array<string, string> */
    public function __debugInfo(): array
    {
        return ['id' => $this->id, 'secret' => '***'];
    }
}
