<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Proxy;

use OpenAgents\Runtime\Errors\ProtocolError;
use OpenAgents\Runtime\Sse\SseBlock;

/**
 * Holds the blocks of an event until the one that carries its id: an event is sent whole or not at
 * all, so that after a cut the runtime repeats what the browser has not seen, and nothing else.
 */
final class EventBuffer
{
    private const MOST_BYTES = 1_048_576;

    private string $held = '';
    private ?string $lastId = null;
    private bool $done = false;
    private bool $resumed = false;

    /**
     * Bytes that may be sent now; empty while an event is incomplete.
     *
     * @throws ProtocolError when an event is larger than 1 MiB
     */
    public function take(SseBlock $block): string
    {
        if ($block->isBesideEvents()) {
            return $this->beside($block);
        }
        $this->held .= $block->raw;
        if (strlen($this->held) > self::MOST_BYTES) {
            throw new ProtocolError('an event of the stream is larger than 1 MiB');
        }
        $this->done = $block->isDone();
        if ($block->id === null && !$this->done) {
            return '';
        }
        $this->lastId = $block->id ?? $this->lastId;
        $event = $this->held;
        $this->held = '';

        return $event;
    }

    /** The connection was lost: what is held will come again, and a new preamble with it. */
    public function cut(): void
    {
        $this->held = '';
        $this->resumed = true;
    }

    /** The id of the last event that was sent whole; before it, where the stream began. */
    public function lastId(): ?string
    {
        return $this->lastId;
    }

    /** Whether `[DONE]` has been sent. */
    public function done(): bool
    {
        return $this->done;
    }

    /** Of a stream that is opened again only heartbeats: the browser has had the rest. */
    private function beside(SseBlock $block): string
    {
        if ($this->resumed && !$block->isComment('ping')) {
            return '';
        }
        if (preg_match('/\A: ?cursor ([0-9]+)/', $block->raw, $found) === 1) {
            $this->lastId ??= $found[1];
        }
        if ($this->held === '') {
            return $block->raw;
        }
        $this->held .= $block->raw;

        return '';
    }
}
