<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use OpenAgents\Runtime\Errors\ProtocolError;

/** The fields of an answer, each of the type that the contract gives it. */
final class Answer
{
    /** @param array<string, mixed> $fields */
    public function __construct(public readonly array $fields)
    {
    }

    public function text(string $name): string
    {
        $value = $this->fields[$name] ?? null;

        return is_string($value) ? $value : throw self::wrong($name);
    }

    public function whole(string $name): int
    {
        $value = $this->fields[$name] ?? null;

        return is_int($value) ? $value : throw self::wrong($name);
    }

    public function flag(string $name): bool
    {
        $value = $this->fields[$name] ?? null;

        return is_bool($value) ? $value : throw self::wrong($name);
    }

    /** Whether the field is there and not null. */
    public function has(string $name): bool
    {
        return isset($this->fields[$name]);
    }

    private static function wrong(string $name): ProtocolError
    {
        return new ProtocolError("the answer's {$name} is missing or of the wrong type");
    }
}
