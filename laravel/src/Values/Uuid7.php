<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Values;

/** UUIDv7: ids that sort by the millisecond in which they were made. */
final class Uuid7
{
    public static function make(): string
    {
        $milliseconds = (int) (microtime(true) * 1000);
        $bytes = substr(pack('J', $milliseconds), 2) . random_bytes(10);
        $bytes[6] = chr(ord($bytes[6]) & 0x0f | 0x70);
        $bytes[8] = chr(ord($bytes[8]) & 0x3f | 0x80);

        return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
    }
}
