<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Config;

use InvalidArgumentException;

/** Who executes runs. */
enum Driver: string
{
    case Legacy = 'legacy';
    case Runtime = 'runtime';

    private const NAMES = [
        'legacy' => self::Legacy,
        'laravel' => self::Legacy,
        'openagents.com' => self::Legacy,
        'runtime' => self::Runtime,
        'elixir' => self::Runtime,
        'openagents-runtime' => self::Runtime,
    ];

    /** @throws InvalidArgumentException */
    public static function named(string $name): self
    {
        return self::NAMES[$name] ?? throw new InvalidArgumentException(
            "runtime.driver must be one of " . implode(', ', array_keys(self::NAMES)) . ", not '{$name}'"
        );
    }
}
