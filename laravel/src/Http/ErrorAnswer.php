<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use OpenAgents\Runtime\Errors;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Support\Json;

/** From an answer that is no success to the exception that says so. */
final class ErrorAnswer
{
    private const CLASSES = [
        400 => Errors\InvalidRequest::class,
        401 => Errors\Unauthorized::class,
        403 => Errors\Forbidden::class,
        404 => Errors\NotFound::class,
        405 => Errors\MethodNotAllowed::class,
        408 => Errors\RuntimeUnavailable::class,
        409 => Errors\Conflict::class,
        410 => Errors\StaleCursor::class,
        413 => Errors\PayloadTooLarge::class,
        414 => Errors\InvalidRequest::class,
        415 => Errors\InvalidRequest::class,
        422 => Errors\Unprocessable::class,
        429 => Errors\RuntimeThrottled::class,
        431 => Errors\InvalidRequest::class,
        500 => Errors\RuntimeServerError::class,
        502 => Errors\RuntimeUnavailable::class,
        503 => Errors\RuntimeUnavailable::class,
        504 => Errors\RuntimeUnavailable::class,
    ];
    /** A gateway answers these itself, in HTML as likely as not. */
    private const ANY_BODY = [408, 502, 503, 504];
    /** A gateway had passed the request on when it answered so. */
    private const PASSED_ON = [502, 504];

    public static function toException(int $status, string $body, ?string $retryAfter): RuntimeException
    {
        $error = Json::object($body)['error'] ?? null;
        $class = self::CLASSES[$status] ?? Errors\ProtocolError::class;
        $spoken = is_array($error) && is_string($error['code'] ?? null);
        if (!$spoken && !in_array($status, self::ANY_BODY, true)) {
            $class = Errors\ProtocolError::class;
        }
        if ($class === Errors\ProtocolError::class) {
            return new $class("the answer with status {$status} is not the contract's");
        }
        $details = $spoken ? self::details($error['details'] ?? null) : [];
        if ($class === Errors\Conflict::class && self::names('run_terminal', $details)) {
            $class = Errors\RunTerminal::class;
        }

        return new $class(
            $spoken ? (string) ($error['message'] ?? '') : "the runtime cannot answer: status {$status}",
            $status,
            is_string($error['requestId'] ?? null) ? $error['requestId'] : null,
            $details,
            self::seconds($retryAfter),
            in_array($status, self::PASSED_ON, true) || self::names('outcome', $details),
        );
    }

    /** @return list<array{field: string, message: string}> */
    private static function details(mixed $given): array
    {
        $details = [];
        foreach (is_array($given) ? $given : [] as $entry) {
            if (is_string($entry['field'] ?? null) && is_string($entry['message'] ?? null)) {
                $details[] = ['field' => $entry['field'], 'message' => $entry['message']];
            }
        }

        return $details;
    }

    /** @param list<array{field: string, message: string}> $details */
    private static function names(string $field, array $details): bool
    {
        return in_array($field, array_column($details, 'field'), true);
    }

    private static function seconds(?string $retryAfter): ?int
    {
        return $retryAfter !== null && ctype_digit($retryAfter) && strlen($retryAfter) < 7
            ? (int) $retryAfter
            : null;
    }
}
