<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

use InvalidArgumentException;

/** Whom a request speaks for: a user by id, or a guest by scope. There is no third form. */
final class Principal
{
    public const USER_HEADER = 'X-OA-USER-ID';
    public const GUEST_HEADER = 'X-OA-GUEST-SCOPE';

    private function __construct(
        public readonly ?int $userId,
        public readonly ?string $guestScope,
    ) {
    }

    public static function user(int $id): self
    {
        return new self($id, null);
    }

    /** @throws InvalidArgumentException unless 1 to 200 printable ASCII characters */
    public static function guest(string $scope): self
    {
        if (preg_match('/\A[\x20-\x7e]{1,200}\z/', $scope) !== 1 || trim($scope) !== $scope) {
            throw new InvalidArgumentException(
                'a guest scope is 1 to 200 printable ASCII characters, no blank at either end'
            );
        }

        return new self(null, $scope);
    }

    /** @return array<string, int|string> */
    public function claim(): array
    {
        return $this->userId !== null
            ? ['user_id' => $this->userId]
            : ['guest_scope' => (string) $this->guestScope];
    }

    /** @return array<string, string> */
    public function header(): array
    {
        return $this->userId !== null
            ? [self::USER_HEADER => (string) $this->userId]
            : [self::GUEST_HEADER => (string) $this->guestScope];
    }

    /** `user:7` or `guest:…`, as it is stored. */
    public function __toString(): string
    {
        return $this->userId !== null ? "user:{$this->userId}" : "guest:{$this->guestScope}";
    }
}
