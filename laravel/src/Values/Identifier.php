<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

use InvalidArgumentException;

/** Ids of runs, threads and frames: 1 to 200 characters of `A-Z a-z 0-9 . _ : -`. */
final class Identifier
{
    private const PATTERN = '/\A[A-Za-z0-9._:-]{1,200}\z/';

    public static function fits(mixed $text): bool
    {
        return is_string($text) && preg_match(self::PATTERN, $text) === 1;
    }

    /** @throws InvalidArgumentException names `$field` */
    public static function check(string $field, string $text): string
    {
        if (!self::fits($text)) {
            throw new InvalidArgumentException(
                "{$field} must be 1 to 200 characters of A-Z a-z 0-9 . _ : -"
            );
        }

        return $text;
    }
}
