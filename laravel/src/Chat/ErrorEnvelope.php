<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use Illuminate\Http\JsonResponse;
use InvalidArgumentException;
use OpenAgents\Runtime\Errors\RuntimeException;

/** Errors before the first byte, in the form that the runtime itself gives them. */
final class ErrorEnvelope
{
    public static function of(RuntimeException $error): JsonResponse
    {
        $headers = $error->retryAfterS() === null ? [] : ['Retry-After' => (string) $error->retryAfterS()];

        return self::response(
            $error->status(),
            $error->errorCode(),
            $error->getMessage(),
            $error->details(),
            $error->requestId(),
            $headers
        );
    }

    public static function malformed(InvalidArgumentException $error): JsonResponse
    {
        return self::response(400, 'invalid_request', $error->getMessage());
    }

    public static function noThread(): JsonResponse
    {
        return self::response(404, 'not_found', 'there is no such thread');
    }

    /**
     * @param list<array{field: string, message: string}> $details
     * @param array<string, string> $headers
     */
    private static function response(
        int $status,
        string $code,
        string $message,
        array $details = [],
        ?string $requestId = null,
        array $headers = [],
    ): JsonResponse {
        $error = ['code' => $code, 'message' => $message, 'details' => $details, 'requestId' => $requestId];

        return new JsonResponse(['error' => $error], $status, $headers);
    }
}
