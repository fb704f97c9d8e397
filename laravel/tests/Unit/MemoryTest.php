<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use OpenAgents\Runtime\Tests\Support\LongStream;
use PHPUnit\Framework\TestCase;

/** A long stream takes no more memory than a short one. */
final class MemoryTest extends TestCase
{
    private const MEBIBYTE = 1024 * 1024;

    public function testItIsFlatOverFiftyMebibytes(): void
    {
        $short = $this->carried(2);
        $long = $this->carried(50);
        self::assertLessThan(2 * self::MEBIBYTE, $long - $short);
    }

    /** The most memory that it took, in bytes. */
    private function carried(int $mebibytes): int
    {
        $carried = LongStream::carried($mebibytes);
        self::assertGreaterThan($mebibytes * self::MEBIBYTE, $carried['bytes']);
        self::assertSame(LongStream::sum($mebibytes), array_diff_key($carried, ['peakBytes' => 0]));

        return $carried['peakBytes'];
    }
}
