<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Support;

use JsonException;

/** JSON as it is sent: compact, slashes and letters as they are. Encoded once, signed and sent. */
final class Json
{
    private const FLAGS = JSON_THROW_ON_ERROR
        | JSON_UNESCAPED_SLASHES
        | JSON_UNESCAPED_UNICODE
        | JSON_PRESERVE_ZERO_FRACTION;

    /** @throws JsonException */
    public static function encode(mixed $value): string
    {
        return json_encode($value, self::FLAGS);
    }

    /**
     * An object as an array; null when the text is anything else.
     *
     * @return array<string, mixed>|null
     */
    public static function object(string $text): ?array
    {
        $value = json_decode($text, true, 64);

        return is_array($value) && str_starts_with(ltrim($text), '{') ? $value : null;
    }
}
