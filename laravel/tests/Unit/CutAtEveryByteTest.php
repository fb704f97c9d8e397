<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use OpenAgents\Runtime\Config\StreamSettings;
use OpenAgents\Runtime\Tests\Support\ScriptedSocket;
use OpenAgents\Runtime\Tests\Support\Wiring;
use OpenAgents\Runtime\Values\RunRef;
use PHPUnit\Framework\TestCase;

/** Wherever a stream is cut, the browser gets the very bytes that it would have got without it. */
final class CutAtEveryByteTest extends TestCase
{
    private const GOLDEN = __DIR__ . '/../../../tests/golden/sse';
    private const PREAMBLE = "retry: 1000\n\n: cursor 0\n\n";
    private static ?ScriptedSocket $socket = null;

    public static function setUpBeforeClass(): void
    {
        self::$socket = new ScriptedSocket(self::GOLDEN);
    }

    public static function tearDownAfterClass(): void
    {
        self::$socket = null;
    }

    /** @dataProvider streams */
    public function testTheBrowserSeesNoCut(string $stream, string $how): void
    {
        $whole = self::PREAMBLE . file_get_contents(self::GOLDEN . "/{$stream}.sse");
        $client = Wiring::client(self::$socket->url);
        for ($byte = 0; $byte <= strlen($whole); ++$byte) {
            $browser = Wiring::carry($client, new RunRef('run-1', "{$stream}.{$how}.{$byte}"));
            $seen = $browser->received;
            if ($byte < strlen(self::PREAMBLE)) {
                // What was cut is in front of the first event, and a reader needs none of it.
                $seen = self::PREAMBLE . strstr($seen, 'id: ');
            }
            self::assertSame($whole, $seen, "cut at byte {$byte}");
        }
    }

    public function streams(): iterable
    {
        foreach (glob(self::GOLDEN . '/*.sse') as $file) {
            $name = basename($file, '.sse');
            yield "{$name}, closed" => [$name, 'close'];
        }
        yield 'a failed run, broken' => ['failed_run', 'break'];
        yield 'a superseded step, broken' => ['superseded_step', 'break'];
    }

    public function testAStreamThatFallsSilentIsLeftAndOpenedAgain(): void
    {
        $whole = self::PREAMBLE . file_get_contents(self::GOLDEN . '/superseded_step.sse');
        $settings = new StreamSettings(idleMs: 300, probeMs: 100);
        foreach ([40, 700, strlen($whole) - 5] as $byte) {
            $run = new RunRef('run-1', "superseded_step.stall.{$byte}");
            $browser = Wiring::carry(Wiring::client(self::$socket->url), $run, $settings);
            self::assertSame($whole, str_replace(": ping\n\n", '', $browser->received));
            self::assertStringContainsString(': ping', $browser->received);
        }
    }
}
