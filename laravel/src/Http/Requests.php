<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use OpenAgents\Runtime\Signing\Claims;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StartRun;
use OpenAgents\Runtime\Values\StreamFrom;

/** The contract's requests. */
final class Requests
{
    private const SSE = ['Accept' => 'text/event-stream'];

    public static function start(Principal $principal, StartRun $start): SignedRequest
    {
        return new SignedRequest(
            self::claims($principal, $start->run),
            'POST',
            '/runs',
            body: self::startBody($start)
        );
    }

    public static function frame(Principal $principal, RunRef $run, Frame $frame): SignedRequest
    {
        $body = ['thread_id' => $run->threadId] + $frame->toBody();

        return new SignedRequest(self::claims($principal, $run), 'POST', "/runs/{$run->runId}/frames", body: $body);
    }

    public static function stream(Principal $principal, RunRef $run, StreamFrom $from): SignedRequest
    {
        $query = implode('&', array_filter([self::thread($run), $from->query()]));
        $path = "/runs/{$run->runId}/stream";

        return new SignedRequest(self::claims($principal, $run), 'GET', $path, $query, headers: $from->headers() + self::SSE);
    }

    public static function startAndStream(
        Principal $principal,
        StartRun $start,
        Frame $frame,
        StreamFrom $from,
    ): SignedRequest {
        return new SignedRequest(
            self::claims($principal, $start->run),
            'POST',
            '/runs/stream',
            $from->query(),
            ['run' => self::startBody($start), 'frame' => $frame->toBody()],
            $from->headers() + self::SSE
        );
    }

    public static function cancel(Principal $principal, RunRef $run, ?string $reason): SignedRequest
    {
        $body = ['thread_id' => $run->threadId] + ($reason === null ? [] : ['reason' => $reason]);

        return new SignedRequest(self::claims($principal, $run), 'POST', "/runs/{$run->runId}/cancel", body: $body);
    }

    public static function get(Principal $principal, RunRef $run): SignedRequest
    {
        return new SignedRequest(self::claims($principal, $run), 'GET', "/runs/{$run->runId}", self::thread($run));
    }

    /** A page of them; the runtime may give fewer, and more behind them. */
    public static function events(Principal $principal, RunRef $run, int $after): SignedRequest
    {
        $query = self::thread($run) . "&after={$after}&limit=1000";

        return new SignedRequest(self::claims($principal, $run), 'GET', "/runs/{$run->runId}/events", $query);
    }

    /**
     * PHP cannot tell an empty object from an empty list; where the contract wants an object it is one.
     *
     * @return array<string, mixed>
     */
    private static function startBody(StartRun $start): array
    {
        $body = $start->toBody();
        foreach (['caps', 'metadata', 'tool_policy'] as $field) {
            if (isset($body[$field]) && $body[$field] === []) {
                $body[$field] = (object) [];
            }
        }

        return $body;
    }

    private static function claims(Principal $principal, RunRef $run): Claims
    {
        return new Claims($principal, $run->runId, $run->threadId);
    }

    private static function thread(RunRef $run): string
    {
        return 'thread_id=' . rawurlencode($run->threadId);
    }
}
