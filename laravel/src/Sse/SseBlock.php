<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Sse;

/** Some lines of a stream up to and with their empty line, as they came. */
final class SseBlock
{
    private const DONE = '[DONE]';

    private function __construct(
        public readonly string $raw,
        public readonly ?string $id,
        public readonly ?string $data,
    ) {
    }

    public static function of(string $raw): self
    {
        $id = null;
        $data = [];
        foreach (preg_split('/\r\n|\n|\r/', $raw) as $line) {
            [$name, $value] = array_pad(explode(':', $line, 2), 2, '');
            $value = str_starts_with($value, ' ') ? substr($value, 1) : $value;
            if ($name === 'data') {
                $data[] = $value;
            } elseif ($name === 'id') {
                $id = $value;
            }
        }

        return new self($raw, $id, $data === [] ? null : implode("\n", $data));
    }

    /** Comments and `retry:`: what a reader's position does not depend on. */
    public function isBesideEvents(): bool
    {
        return $this->data === null;
    }

    public function isDone(): bool
    {
        return $this->data === self::DONE;
    }

    /** Whether it is the comment `: word …`. */
    public function isComment(string $word): bool
    {
        return $this->data === null && preg_match('/\A: ?' . preg_quote($word, '/') . '\b/', $this->raw) === 1;
    }
}
