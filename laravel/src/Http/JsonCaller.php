<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use Illuminate\Http\Client\ConnectionException;
use Illuminate\Http\Client\Factory;
use Illuminate\Http\Client\Response;
use OpenAgents\Runtime\Config\HttpSettings;
use OpenAgents\Runtime\Errors\ProtocolError;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Signing\TokenSigner;
use OpenAgents\Runtime\Support\Json;
use Psr\Http\Client\ClientExceptionInterface;
use stdClass;

/** Requests that are answered with JSON, through Laravel's HTTP client: `Http::fake` works. */
final class JsonCaller
{
    public function __construct(
        private readonly Factory $http,
        private readonly HttpSettings $settings,
        private readonly TokenSigner $signer,
        private readonly Retry $retry,
        private readonly Trace $trace,
    ) {
    }

    /**
     * @return array<string, mixed>
     *
     * @throws RuntimeException
     */
    public function call(SignedRequest $request): array
    {
        return Json::object($this->body($request)) ?? throw new ProtocolError('the answer is not a JSON object');
    }

    /**
     * A page of events; its objects stay objects, so that an empty one is told from a list.
     *
     * @throws RuntimeException
     */
    public function events(SignedRequest $request): stdClass
    {
        $page = json_decode($this->body($request));
        $whole = $page instanceof stdClass
            && is_array($page->events ?? null)
            && is_int($page->nextAfter ?? null)
            && is_int($page->latestSeq ?? null);

        return $whole ? $page : throw new ProtocolError('the answer is not a page of events');
    }

    private function body(SignedRequest $request): string
    {
        return $this->retry->run(fn (int $withinMs): string => $this->attempt($request, $withinMs));
    }

    private function attempt(SignedRequest $request, int $withinMs): string
    {
        $response = $this->answer($request, $withinMs);
        if ($response->status() < 200 || $response->status() > 299) {
            throw ErrorAnswer::toException(
                $response->status(),
                $response->body(),
                $response->header('Retry-After')
            );
        }

        return $response->body();
    }

    private function answer(SignedRequest $request, int $withinMs): Response
    {
        $pending = $this->http
            ->withHeaders($request->headers($this->signer, $this->trace) + ['Accept' => 'application/json'])
            ->withOptions([
                'connect_timeout' => min($withinMs, $this->settings->connectTimeoutMs) / 1000,
                'timeout' => $withinMs / 1000,
                'allow_redirects' => false,
                'http_errors' => false,
            ]);
        if ($request->body !== '') {
            $pending->withBody($request->body, 'application/json');
        }
        try {
            return $pending->send($request->method, $this->settings->baseUrl . $request->target());
        } catch (ConnectionException | ClientExceptionInterface $error) {
            throw self::failure($error);
        }
    }

    /** Guzzle keeps what curl said with its exception. Without it the request may have been sent. */
    private static function failure(ConnectionException|ClientExceptionInterface $error): RuntimeException
    {
        $origin = $error instanceof ConnectionException ? $error->getPrevious() : $error;
        $context = $origin !== null && method_exists($origin, 'getHandlerContext')
            ? $origin->getHandlerContext()
            : [];
        $number = (int) ($context['errno'] ?? CURLE_RECV_ERROR);
        $connected = !isset($context['connect_time']) || $context['connect_time'] > 0;

        return TransportFailure::toException($number, $connected, $error);
    }
}
