<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Errors;

/** The cursor lies before what is kept: take the snapshot and its cursor. */
final class StaleCursor extends RuntimeException
{
    protected const CODE = 'stale_cursor';
    protected const STATUS = 410;

    public function floorSeq(): ?int
    {
        return $this->number('floorSeq');
    }

    public function latestSeq(): ?int
    {
        return $this->number('latestSeq');
    }

    private function number(string $field): ?int
    {
        $text = $this->detail($field);

        return $text !== null && ctype_digit($text) ? (int) $text : null;
    }
}
