<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use Illuminate\Database\DatabaseManager;
use Illuminate\Http\Request;
use OpenAgents\Runtime\Config\RuntimeConfig;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Proxy\PhpBrowser;
use OpenAgents\Runtime\Proxy\Resumption;
use OpenAgents\Runtime\Proxy\SseProxy;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Support\Clock;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StreamFrom;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\StreamedResponse;

/** A run's stream as the answer to a browser: carried by PHP, or by nginx where it can. */
final class StreamAnswers
{
    private const HEADERS = [
        'Content-Type' => 'text/event-stream',
        'Cache-Control' => 'no-cache, no-transform',
        'X-Accel-Buffering' => 'no',
        'x-vercel-ai-ui-message-stream' => 'v1',
    ];

    public function __construct(
        private readonly RuntimeClient $client,
        private readonly RuntimeConfig $config,
        private readonly DatabaseManager $databases,
        private readonly Clock $clock,
    ) {
    }

    /**
     * Where a browser says that it stopped; else the beginning, which is what a stock client expects.
     * A run that waits for its client ends the stream, for a stock client answers with a new request.
     */
    public static function from(Request $request): StreamFrom
    {
        $lastId = $request->headers->get('Last-Event-ID');
        if ($lastId !== null && $lastId !== '') {
            return StreamFrom::lastEventId($lastId)->untilClient();
        }
        $cursor = $request->query->get('cursor');
        $from = $cursor === null ? StreamFrom::beginning() : StreamFrom::lastEventId($cursor);

        return $from->untilClient();
    }

    /** Of a run that has just been started; its stream is open. */
    public function begun(Request $request, Principal $principal, RunStream $stream, StreamFrom $from): Response
    {
        $handedOver = $this->handedOver($request, $principal, $stream->run(), $from);
        if ($handedOver !== null) {
            $stream->close();
        }

        return $handedOver ?? $this->carried($principal, $stream, $from);
    }

    /** @throws RuntimeException as `streamRun`, when PHP has to carry it */
    public function resumed(Request $request, Principal $principal, RunRef $run, StreamFrom $from): Response
    {
        return $this->handedOver($request, $principal, $run, $from)
            ?? $this->carried($principal, $this->client->streamRun($principal, $run, $from), $from);
    }

    private function handedOver(Request $request, Principal $principal, RunRef $run, StreamFrom $from): ?Response
    {
        $location = AccelLocation::of($request, $this->config->stream);
        $signed = $location === null ? null : $this->client->signStream($principal, $run, $from);

        return $signed === null ? null : $location->answer($signed);
    }

    private function carried(Principal $principal, RunStream $stream, StreamFrom $from): StreamedResponse
    {
        $proxy = new SseProxy(
            $stream,
            new Resumption($this->client, $principal, $stream->run(), $from),
            new PhpBrowser($this->letGo(...)),
            $this->config->stream,
            $this->clock,
        );
        $headers = self::HEADERS + ['X-OA-RUN-ID' => $stream->run()->runId];

        return new StreamedResponse($proxy->run(...), 200, $headers);
    }

    /** A stream may last for minutes; a connection of the pool is worth more elsewhere. */
    private function letGo(): void
    {
        foreach (array_keys($this->databases->getConnections()) as $name) {
            $this->databases->disconnect($name);
        }
    }
}
