<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use OpenAgents\Runtime\Config\HttpSettings;
use OpenAgents\Runtime\Errors\ProtocolError;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Errors\RuntimeTimedOut;
use OpenAgents\Runtime\Errors\RuntimeUnavailable;
use OpenAgents\Runtime\Signing\TokenSigner;
use OpenAgents\Runtime\Sse\BlockStream;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Sse\SseTransport;
use OpenAgents\Runtime\Support\Clock;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\SignedStream;

/** Requests that are answered with a stream; given once the answer's head says that it is one. */
final class StreamOpener
{
    private const MOST_ERROR_BYTES = 65_536;

    public function __construct(
        private readonly SseTransport $transport,
        private readonly HttpSettings $settings,
        private readonly TokenSigner $signer,
        private readonly Retry $retry,
        private readonly Trace $trace,
        private readonly Clock $clock,
    ) {
    }

    /** @throws RuntimeException */
    public function open(RunRef $run, SignedRequest $request): RunStream
    {
        return $this->retry->run(fn (int $withinMs): RunStream => $this->attempt($run, $request, $withinMs));
    }

    /** The same request, for somebody else to open; good for one attempt. */
    public function sign(SignedRequest $request): SignedStream
    {
        return new SignedStream($request->target(), $request->headers($this->signer, $this->trace));
    }

    private function attempt(RunRef $run, SignedRequest $request, int $withinMs): RunStream
    {
        $headers = $request->headers($this->signer, $this->trace);
        if ($request->body !== '') {
            $headers['Content-Type'] = 'application/json';
        }
        $connection = $this->transport->open(
            $request->method,
            $this->settings->baseUrl . $request->target(),
            $headers,
            $request->body
        );
        try {
            $first = new FirstBytes($connection);
            $this->awaitHead($first, $withinMs);
            if ($connection->status() !== 200) {
                throw $this->refusal($first, $withinMs);
            }
            if (!str_starts_with($connection->header('content-type') ?? '', 'text/event-stream')) {
                throw new ProtocolError('the answer is not an event stream');
            }
        } catch (RuntimeException $error) {
            $connection->close();
            throw $error;
        }

        return new BlockStream($run, $first, $this->clock);
    }

    private function awaitHead(FirstBytes $first, int $withinMs): void
    {
        $deadline = $this->clock->monotonicMs() + $withinMs;
        while ($first->status() === null) {
            $leftMs = $deadline - $this->clock->monotonicMs();
            if ($leftMs <= 0) {
                throw new RuntimeTimedOut('the runtime has not answered in time', outcomeUnknown: true);
            }
            $first->fill($leftMs);
            if ($first->status() === null && $first->ended()) {
                throw new RuntimeUnavailable('the runtime closed the connection', outcomeUnknown: true);
            }
        }
    }

    private function refusal(FirstBytes $first, int $withinMs): RuntimeException
    {
        $deadline = $this->clock->monotonicMs() + $withinMs;
        $body = '';
        while (!$first->ended() && strlen($body) < self::MOST_ERROR_BYTES) {
            $leftMs = $deadline - $this->clock->monotonicMs();
            if ($leftMs <= 0) {
                break;
            }
            $body .= $first->read($leftMs);
        }

        return ErrorAnswer::toException((int) $first->status(), $body, $first->header('retry-after'));
    }
}
