<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use GuzzleHttp\Promise\PromiseInterface;
use Illuminate\Http\Client\ConnectionException;
use Illuminate\Http\Client\Factory;
use Illuminate\Http\Client\Request;
use OpenAgents\Runtime\Errors;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use OpenAgents\Runtime\Tests\Support\Wiring;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StartRun;
use PHPUnit\Framework\TestCase;

/** JSON calls over Laravel's faked HTTP client: what is sent, and what is sent again. */
final class JsonCallerTest extends TestCase
{
    private Factory $http;
    private RuntimeClient $client;
    private RunRef $run;

    protected function setUp(): void
    {
        $this->http = new Factory();
        $this->client = Wiring::client('http://runtime', [], $this->http, new FakeClock());
        $this->run = new RunRef('run-1', 'thread-1');
    }

    public function testTheBytesThatAreSignedAreSent(): void
    {
        $this->http->fake(['*' => $this->accepted()]);
        $start = new StartRun($this->run, ['metadata' => ['note' => 'é/🚀'], 'caps' => []]);
        $this->client->startRun(Principal::user(7), $start);
        $this->http->assertSent(function (Request $request): bool {
            self::assertSame('{"run_id":"run-1","thread_id":"thread-1","metadata":{"note":"é/🚀"},"caps":{}}', $request->body());
            self::assertSame(['application/json'], $request->header('Content-Type'));
            self::assertSame(['7'], $request->header('X-OA-USER-ID'));
            self::assertSame(hash('sha256', $request->body()), $this->claims($request)['bsh']);

            return $request->url() === 'http://runtime/internal/v1/runs';
        });
    }

    public function testTheQueryIsSentAndNotSigned(): void
    {
        $this->http->fake(['*' => $this->http->response(['error' => ['code' => 'not_found', 'message' => 'no']], 404)]);
        try {
            $this->client->getRun(Principal::guest('a b'), $this->run);
            self::fail('it was found');
        } catch (Errors\NotFound) {
            $this->http->assertSent(function (Request $request): bool {
                self::assertSame('/internal/v1/runs/run-1', $this->claims($request)['htp']);

                return $request->url() === 'http://runtime/internal/v1/runs/run-1?thread_id=thread-1';
            });
        }
    }

    public function testEveryAttemptHasATokenOfItsOwnAndOneRequestId(): void
    {
        $this->http->fakeSequence()->pushStatus(503)->pushStatus(502)->pushResponse($this->accepted());
        $this->client->startRun(Principal::user(7), new StartRun($this->run));
        $sent = $this->http->recorded()->map(static fn (array $pair): Request => $pair[0]);
        self::assertCount(3, $sent->map(fn (Request $request): string => $this->claims($request)['nonce'])->unique());
        self::assertCount(1, $sent->map(static fn (Request $request): string => $request->header('X-Request-Id')[0])->unique());
    }

    public function testAConnectionErrorThatSaysNothingMoreLeavesTheOutcomeUnknown(): void
    {
        $this->http->fake(static fn () => throw new ConnectionException('gone'));
        try {
            $this->client->startRun(Principal::user(7), new StartRun($this->run));
            self::fail('it was started');
        } catch (Errors\RuntimeUnavailable $error) {
            self::assertTrue($error->outcomeUnknown());
        }
    }

    /** @dataProvider strangers */
    public function testASuccessThatIsNotTheContractsIsAProtocolError(string $body): void
    {
        $this->http->fake(['*' => $this->http->response($body, 201)]);
        $this->expectException(Errors\ProtocolError::class);
        $this->client->startRun(Principal::user(7), new StartRun($this->run));
    }

    public function strangers(): iterable
    {
        yield 'a page' => ['<html>'];
        yield 'a list' => ['[]'];
        yield 'a field is missing' => ['{"runId":"run-1"}'];
        yield 'a field of another type' => ['{"runId":1,"threadId":"t","status":"s","latestSeq":1,"idempotentReplay":false}'];
    }

    private function accepted(): PromiseInterface
    {
        return $this->http->response([
            'runId' => 'run-1', 'threadId' => 'thread-1', 'status' => 'accepted', 'latestSeq' => 1, 'idempotentReplay' => false,
        ], 201);
    }

    /** @return array<string, mixed> */
    private function claims(Request $request): array
    {
        $claims = explode('.', $request->header('X-OA-RUNTIME-SIGNATURE')[0])[1];

        return json_decode(base64_decode(strtr($claims, '-_', '+/')), true);
    }
}
