<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use Illuminate\Cache\ArrayStore;
use Illuminate\Cache\Repository;
use OpenAgents\Runtime\Fallback\Breaker;
use OpenAgents\Runtime\Tests\Support\FakeClock;
use PHPUnit\Framework\TestCase;

final class BreakerTest extends TestCase
{
    private FakeClock $clock;
    private Repository $cache;

    protected function setUp(): void
    {
        $this->clock = new FakeClock();
        $this->cache = new Repository(new ArrayStore());
    }

    public function testFiveFailuresWithinThirtySecondsCloseTheWayForThirty(): void
    {
        $this->fail5(everyMs: 7000);
        self::assertFalse($this->breaker()->lets());
        $this->clock->pass(29_000);
        self::assertFalse($this->breaker()->lets());
    }

    public function testFourDoNotAndFiveInALongerTimeDoNot(): void
    {
        foreach (range(1, 4) as $_) {
            $this->breaker()->failed();
        }
        self::assertTrue($this->breaker()->lets());
        $this->clock->pass(31_000);
        $this->fail5(everyMs: 8000);
        self::assertTrue($this->breaker()->lets());
    }

    public function testThenOneMayTryAndItsSuccessOpensTheWayForAll(): void
    {
        $this->fail5(everyMs: 0);
        $this->clock->pass(30_000);
        self::assertTrue($this->breaker()->lets());
        self::assertFalse($this->breaker()->lets());
        $this->breaker()->answered();
        self::assertTrue($this->breaker()->lets());
        self::assertSame(0, $this->breaker()->openUntilS());
        $this->breaker()->failed();
        self::assertTrue($this->breaker()->lets());
    }

    public function testWhenThatOneFailsTheWayIsClosedAgain(): void
    {
        $this->fail5(everyMs: 0);
        $this->clock->pass(30_000);
        self::assertTrue($this->breaker()->lets());
        $this->breaker()->failed();
        self::assertFalse($this->breaker()->lets());
        $this->clock->pass(30_000);
        self::assertTrue($this->breaker()->lets());
    }

    private function fail5(int $everyMs): void
    {
        foreach (range(1, 5) as $number) {
            $this->clock->pass($number === 1 ? 0 : $everyMs);
            $this->breaker()->failed();
        }
    }

    /** Each request makes its own over the shared cache. */
    private function breaker(): Breaker
    {
        return new Breaker($this->cache, $this->clock);
    }
}
