<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use Illuminate\Cache\ArrayStore;
use Illuminate\Cache\Repository;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Errors\RuntimeThrottled;
use OpenAgents\Runtime\Fallback\Breaker;
use OpenAgents\Runtime\Fallback\FallbackRuntimeClient;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use OpenAgents\Runtime\Tests\Support\PinTable;
use OpenAgents\Runtime\Tests\Support\ScriptedRuntime;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\StartRun;
use OpenAgents\Runtime\Values\StreamFrom;
use PHPUnit\Framework\TestCase;

/** Which refusals send a run to the legacy driver. */
final class FallbackTest extends TestCase
{
    /** @dataProvider limits */
    public function testALimitThatSaysThatTheThreadIsAtWorkIsTheCallersToOutwait(string $limit, bool $fallsBack): void
    {
        $clock = new FakeClock();
        $runtime = new ScriptedRuntime($clock);
        $legacy = new ScriptedRuntime($clock);
        $details = [['field' => $limit, 'message' => 'x']];
        $runtime->before['stream'] = [new RuntimeThrottled('full', 429, details: $details, retryAfterS: 5)];
        $breaker = new Breaker(new Repository(new ArrayStore()), $clock);
        $table = new PinTable();
        $run = $table->claim('m1');
        $client = new FallbackRuntimeClient($runtime, $legacy, $breaker, $table->taken($run), static fn () => null);
        $error = null;
        try {
            $start = new StartRun($run);
            $client->startAndStream(Principal::user(7), $start, new Frame('msg:m', 'user_message', ['text' => 'x']), StreamFrom::beginning());
        } catch (RuntimeException $error) {
        }
        self::assertSame($fallsBack ? 1 : 0, $legacy->executions());
        self::assertSame($fallsBack ? null : 5, $error?->retryAfterS());
    }

    public function limits(): iterable
    {
        yield ['waiting_per_thread', false];
        yield ['frames_per_run', false];
        yield ['streams_per_run', false];
        yield ['runs_per_owner', true];
        yield ['streams_per_process', true];
    }
}
