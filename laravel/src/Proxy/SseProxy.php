<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Proxy;

use OpenAgents\Runtime\Config\StreamSettings;
use OpenAgents\Runtime\Errors\ProtocolError;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Errors\RuntimeUnavailable;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Sse\SseBlock;
use OpenAgents\Runtime\Support\Clock;

/**
 * Carries one stream to one browser, unchanged, through cuts of the runtime's side.
 *
 * A run that waits for its client ends the stream: the browser answers with a request of its own.
 * A browser that leaves closes the runtime's side and cancels nothing. The end of a run is the
 * runtime's to tell: when it cannot be reached for too long, the browser gets one `error` part and
 * neither `finish` nor `[DONE]`, for the run is still alive and can be resumed.
 */
final class SseProxy
{
    private const LONGEST_WAIT_MS = 250;
    private const PING = ": ping\n\n";

    private readonly EventBuffer $events;
    private readonly Reconnect $reconnect;
    private readonly int $endsMs;
    private int $wroteMs;
    private bool $browsersTurn = false;

    /** @param RunStream $stream open, nothing of it read yet */
    public function __construct(
        private RunStream $stream,
        private readonly Resumption $resumption,
        private readonly Browser $browser,
        private readonly StreamSettings $settings,
        private readonly Clock $clock,
    ) {
        $this->events = new EventBuffer();
        $this->reconnect = new Reconnect($settings->reconnectBudgetMs);
        $this->wroteMs = $clock->monotonicMs();
        $this->endsMs = $this->wroteMs + $settings->maxAgeMs;
    }

    /** Returns when the stream has ended, for whichever side. */
    public function run(): void
    {
        $this->browser->prepare();
        try {
            while ($this->carry() && $this->resume()) {
                continue;
            }
        } catch (RuntimeException $error) {
            $this->browser->write(self::errorPart($error));
        } finally {
            $this->stream->close();
        }
    }

    /** Carries until the end or a cut; whether it was a cut. */
    private function carry(): bool
    {
        while (!$this->over()) {
            try {
                $block = $this->stream->next(self::LONGEST_WAIT_MS);
            } catch (ProtocolError $error) {
                throw $error;
            } catch (RuntimeException) {
                return true;
            }
            if ($block !== null) {
                $this->pass($block);
            } elseif ($this->stream->ended()) {
                return true;
            } elseif ($this->stream->silentMs() > $this->settings->idleMs) {
                $this->reconnect->wasNone($this->clock->monotonicMs());

                return true;
            } else {
                $this->probe();
            }
        }

        return false;
    }

    private function pass(SseBlock $block): void
    {
        $before = $this->events->lastId();
        $this->write($this->events->take($block));
        $this->browsersTurn = $block->isComment('waits-for-client');
        if ($this->events->lastId() !== $before || $block->isComment('ping')) {
            $this->reconnect->over();
        }
    }

    /** Opens the stream again after the last whole event; false when there is no more need. */
    private function resume(): bool
    {
        $this->stream->close();
        $this->events->cut();
        $lost = null;
        while (!$this->over()) {
            $waitMs = $this->reconnect->beforeMs($this->clock->monotonicMs());
            if ($waitMs === null) {
                throw $lost ?? new RuntimeUnavailable('the runtime ends the stream again and again');
            }
            $this->wait($waitMs);
            try {
                $this->stream = $this->resumption->after($this->events->lastId());
                $this->reconnect->made($this->clock->monotonicMs());

                return true;
            } catch (RuntimeException $error) {
                if (!$error->isRetryable() && !$error->outcomeUnknown()) {
                    throw $error;
                }
                $lost = $error;
            }
        }

        return false;
    }

    private function wait(int $waitMs): void
    {
        $until = $this->clock->monotonicMs() + $waitMs;
        while (!$this->over() && ($leftMs = $until - $this->clock->monotonicMs()) > 0) {
            $this->clock->sleepMs(min($leftMs, self::LONGEST_WAIT_MS));
            $this->probe();
        }
    }

    private function over(): bool
    {
        return $this->events->done()
            || $this->browsersTurn
            || $this->browser->gone()
            || $this->clock->monotonicMs() >= $this->endsMs;
    }

    /** PHP learns that a browser has left by writing to it, and in no other way. */
    private function probe(): void
    {
        if ($this->clock->monotonicMs() - $this->wroteMs >= $this->settings->probeMs) {
            $this->write(self::PING);
        }
    }

    private function write(string $bytes): void
    {
        if ($bytes !== '') {
            $this->browser->write($bytes);
            $this->wroteMs = $this->clock->monotonicMs();
        }
    }

    private static function errorPart(RuntimeException $error): string
    {
        $text = $error->isRetryable() || $error->outcomeUnknown()
            ? 'The connection to the runtime was lost; the answer goes on and can be resumed.'
            : 'The answer was cut off.';
        $part = json_encode(['type' => 'error', 'errorText' => $text], JSON_THROW_ON_ERROR);

        return "data: {$part}\n\n";
    }
}
