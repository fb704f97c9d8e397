<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use Illuminate\Http\Client\Factory;
use LogicException;
use OpenAgents\Runtime\Config\RuntimeConfig;
use OpenAgents\Runtime\Signing\TokenSigner;
use OpenAgents\Runtime\Sse\CurlTransport;
use OpenAgents\Runtime\Support\Clock;

/** The wiring of a client from the configuration. */
final class HttpClients
{
    /** @throws LogicException when there is no signing key */
    public static function make(RuntimeConfig $config, Factory $http, Trace $trace, Clock $clock): HttpRuntimeClient
    {
        $key = $config->signingKey ?? throw new LogicException('runtime.http.signing_key is missing');
        $signer = new TokenSigner($key, $clock, $config->signatureTtlS);
        $retry = new Retry(
            $clock,
            Backoff::of($config->http->retryBackoffMs),
            $config->http->maxRetries,
            $config->http->timeoutMs
        );

        return new HttpRuntimeClient(
            new JsonCaller($http, $config->http, $signer, $retry, $trace),
            new StreamOpener(
                new CurlTransport($config->http->connectTimeoutMs),
                $config->http,
                $signer,
                $retry,
                $trace,
                $clock
            ),
        );
    }
}
