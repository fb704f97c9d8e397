<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use OpenAgents\Runtime\Errors\ProtocolError;
use OpenAgents\Runtime\Errors\RuntimeConnectFailed;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Errors\RuntimeTimedOut;
use OpenAgents\Runtime\Errors\RuntimeUnavailable;
use Throwable;

/** From a number of curl's to the exception that says what it means for a request. */
final class TransportFailure
{
    /** Before the request was sent: no address, no connection, no TLS. */
    private const NOT_SENT = [
        CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR, 60, // 60: the peer's certificate
    ];
    private const NOT_HTTP = [1, 8, 61]; // another protocol, a malformed head, an unknown encoding

    /**
     * @param bool $connected whether there has been a connection
     */
    public static function toException(int $number, bool $connected, ?Throwable $cause = null): RuntimeException
    {
        $said = curl_strerror($number) ?? "curl error {$number}";
        if (in_array($number, self::NOT_SENT, true) || !$connected) {
            return new RuntimeConnectFailed("cannot connect to the runtime: {$said}", previous: $cause);
        }
        if ($number === CURLE_OPERATION_TIMEDOUT) {
            return new RuntimeTimedOut(
                'the runtime has not answered in time',
                outcomeUnknown: true,
                previous: $cause
            );
        }
        if (in_array($number, self::NOT_HTTP, true)) {
            return new ProtocolError("what answered does not speak HTTP: {$said}", previous: $cause);
        }

        return new RuntimeUnavailable(
            "the connection to the runtime broke: {$said}",
            outcomeUnknown: true,
            previous: $cause
        );
    }
}
