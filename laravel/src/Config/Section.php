<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Config;

use InvalidArgumentException;

/** One section of the configuration, read strictly. */
final class Section
{
    /** @param array<string, mixed> $values */
    public function __construct(
        private readonly string $name,
        private readonly array $values,
    ) {
    }

    /** @throws InvalidArgumentException names the key */
    public function whole(string $key, int $least, int $most): int
    {
        $given = $this->values[$key] ?? null;
        $value = filter_var($given, FILTER_VALIDATE_INT);
        if (is_bool($given) || $value === false || $value < $least || $value > $most) {
            throw new InvalidArgumentException(
                "runtime.{$this->name}.{$key} must be a whole number from {$least} to {$most}"
            );
        }

        return $value;
    }

    /** @throws InvalidArgumentException names the key */
    public function flag(string $key): bool
    {
        return filter_var($this->values[$key] ?? null, FILTER_VALIDATE_BOOL, FILTER_NULL_ON_FAILURE)
            ?? throw new InvalidArgumentException("runtime.{$this->name}.{$key} must be true or false");
    }

    /** @throws InvalidArgumentException names the key; the value may be a secret and is not quoted */
    public function text(string $key): string
    {
        $value = $this->values[$key] ?? null;
        if (!is_string($value) || $value === '') {
            throw new InvalidArgumentException("runtime.{$this->name}.{$key} is missing");
        }

        return $value;
    }
}
