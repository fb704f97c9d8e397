<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use OpenAgents\Runtime\Errors;
use OpenAgents\Runtime\Http\ErrorAnswer;
use OpenAgents\Runtime\Http\TransportFailure;
use PHPUnit\Framework\TestCase;

final class ErrorAnswerTest extends TestCase
{
    /** @dataProvider statuses */
    public function testEveryStatusOfTheContractHasItsClass(
        int $status,
        string $code,
        string $class,
        bool $retryable,
    ): void {
        $error = ErrorAnswer::toException($status, $this->envelope($code), null);
        self::assertSame($class, $error::class);
        self::assertSame([$status, 'request-1', $retryable], [
            $error->status(), $error->requestId(), $error->isRetryable(),
        ]);
        self::assertSame('why', $error->getMessage());
    }

    public function statuses(): iterable
    {
        yield [400, 'invalid_request', Errors\InvalidRequest::class, false];
        yield [401, 'unauthorized', Errors\Unauthorized::class, false];
        yield [403, 'forbidden', Errors\Forbidden::class, false];
        yield [404, 'not_found', Errors\NotFound::class, false];
        yield [405, 'method_not_allowed', Errors\MethodNotAllowed::class, false];
        yield [408, 'request_timeout', Errors\RuntimeUnavailable::class, true];
        yield [409, 'conflict', Errors\Conflict::class, false];
        yield [410, 'stale_cursor', Errors\StaleCursor::class, false];
        yield [413, 'payload_too_large', Errors\PayloadTooLarge::class, false];
        yield [414, 'uri_too_long', Errors\InvalidRequest::class, false];
        yield [415, 'unsupported_media_type', Errors\InvalidRequest::class, false];
        yield [422, 'unprocessable', Errors\Unprocessable::class, false];
        yield [429, 'throttled', Errors\RuntimeThrottled::class, true];
        yield [431, 'headers_too_large', Errors\InvalidRequest::class, false];
        yield [500, 'internal_error', Errors\RuntimeServerError::class, false];
        yield [503, 'unavailable', Errors\RuntimeUnavailable::class, true];
    }

    public function testDetailsAreRead(): void
    {
        $stale = ErrorAnswer::toException(410, $this->envelope('stale_cursor', [
            ['field' => 'floorSeq', 'message' => '7'], ['field' => 'latestSeq', 'message' => '21'],
        ]), null);
        self::assertInstanceOf(Errors\StaleCursor::class, $stale);
        self::assertSame([7, 21], [$stale->floorSeq(), $stale->latestSeq()]);

        $throttled = ErrorAnswer::toException(429, $this->envelope('throttled', [
            ['field' => 'streams_per_run', 'message' => 'full'],
        ]), '3');
        self::assertInstanceOf(Errors\RuntimeThrottled::class, $throttled);
        self::assertSame(['streams_per_run', 3], [$throttled->limit(), $throttled->retryAfterS()]);

        $ended = ErrorAnswer::toException(409, $this->envelope('conflict', [
            ['field' => 'run_terminal', 'message' => 'status completed'],
        ]), null);
        self::assertInstanceOf(Errors\RunTerminal::class, $ended);
    }

    public function testTheServiceMaySayThatItDoesNotKnow(): void
    {
        $lost = ErrorAnswer::toException(503, $this->envelope('unavailable', [
            ['field' => 'outcome', 'message' => 'unknown'],
        ]), '1');
        self::assertTrue($lost->outcomeUnknown());
        self::assertTrue($lost->isRetryable());
    }

    /** @dataProvider strangers */
    public function testWhatIsNotTheContractIsAProtocolError(int $status, string $body): void
    {
        $error = ErrorAnswer::toException($status, $body, null);
        self::assertInstanceOf(Errors\ProtocolError::class, $error);
        self::assertSame(502, $error->status());
    }

    public function strangers(): iterable
    {
        yield 'a page' => [404, '<html>'];
        yield 'another envelope' => [401, '{"error": "no"}'];
        yield 'a list' => [400, '[]'];
        yield 'nothing' => [500, ''];
        yield 'a redirect' => [302, $this->envelope('moved')];
        yield 'a status of nobody' => [418, $this->envelope('teapot')];
    }

    /** @dataProvider gateways */
    public function testAGatewayMaySpeakAsItLikes(int $status, bool $unknown): void
    {
        $error = ErrorAnswer::toException($status, '<html>bad gateway</html>', 'Wed, 21 Oct 2026 07:28:00 GMT');
        self::assertInstanceOf(Errors\RuntimeUnavailable::class, $error);
        self::assertSame([$status, $unknown, null], [
            $error->status(), $error->outcomeUnknown(), $error->retryAfterS(),
        ]);
    }

    public function gateways(): iterable
    {
        yield [502, true];
        yield [503, false];
        yield [504, true];
    }

    /** @dataProvider failures */
    public function testAFailedTransferIsToldApart(int $number, bool $connected, string $class, bool $unknown): void
    {
        $error = TransportFailure::toException($number, $connected);
        self::assertSame([$class, $unknown], [$error::class, $error->outcomeUnknown()]);
    }

    public function failures(): iterable
    {
        yield 'refused' => [CURLE_COULDNT_CONNECT, false, Errors\RuntimeConnectFailed::class, false];
        yield 'no such host' => [CURLE_COULDNT_RESOLVE_HOST, false, Errors\RuntimeConnectFailed::class, false];
        yield 'slow to connect' => [CURLE_OPERATION_TIMEDOUT, false, Errors\RuntimeConnectFailed::class, false];
        yield 'slow to answer' => [CURLE_OPERATION_TIMEDOUT, true, Errors\RuntimeTimedOut::class, true];
        yield 'reset' => [CURLE_RECV_ERROR, true, Errors\RuntimeUnavailable::class, true];
        yield 'closed' => [CURLE_GOT_NOTHING, true, Errors\RuntimeUnavailable::class, true];
        yield 'not HTTP' => [1, true, Errors\ProtocolError::class, false];
    }

    private function envelope(string $code, array $details = []): string
    {
        return json_encode(['error' => [
            'code' => $code, 'message' => 'why', 'details' => $details, 'requestId' => 'request-1',
        ]]);
    }
}
