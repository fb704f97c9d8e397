<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Unit;

use OpenAgents\Runtime\Tests\Support\FrameworkUse;
use PHPUnit\Framework\TestCase;

/** COMPAT.md is what the code does. */
final class CompatTest extends TestCase
{
    private const MOST = 60;
    /** Reached by forwarding, so that reflection does not find them. */
    private const FORWARDED = [
        'Illuminate\Database\Schema\ColumnDefinition',
        'Illuminate\Support\Facades\Schema',
    ];
    private const GUZZLE = ['getHandlerContext'];

    public function testEveryClassThatIsImportedIsListed(): void
    {
        self::assertSame([], array_diff(FrameworkUse::classes(), array_keys($this->listed())));
    }

    public function testEveryMethodThatIsCalledIsListed(): void
    {
        $names = array_merge(...array_values($this->listed()));
        self::assertSame([], array_values(array_diff(FrameworkUse::methods(), $names, self::GUZZLE)));
    }

    public function testEverySymbolIsThere(): void
    {
        foreach ($this->listed() as $class => $methods) {
            self::assertTrue(class_exists($class) || interface_exists($class), $class);
            foreach (in_array($class, self::FORWARDED, true) ? [] : $methods as $method) {
                self::assertTrue(method_exists($class, $method), "{$class}::{$method}");
            }
        }
    }

    public function testTheyAreFew(): void
    {
        $own = array_filter($this->listed(), static fn (string $class): bool => str_starts_with($class, 'Illuminate'), ARRAY_FILTER_USE_KEY);
        $symbols = array_map(static fn (array $methods): int => max(1, count($methods)), $own);
        self::assertLessThanOrEqual(self::MOST, array_sum($symbols));
    }

    public function testNoHelperButEnvIsCalled(): void
    {
        $helpers = '/(?<![>:\w$\\\\]|function )(app|config|request|response|abort|session|resolve|collect|now|cache|logger|tap)\(/';
        foreach (glob(dirname(__DIR__, 2) . '/src/{,*/}*.php', GLOB_BRACE) as $file) {
            self::assertSame(0, preg_match($helpers, (string) file_get_contents($file)), $file);
        }
    }

    /** @return array<string, list<string>> the methods by their class */
    private function listed(): array
    {
        $page = (string) file_get_contents(dirname(__DIR__, 2) . '/COMPAT.md');
        preg_match_all('/^\| `([\w\\\\]+\\\\\w+)` \|(.*)\|$/m', $page, $rows, PREG_SET_ORDER);
        $listed = [];
        foreach ($rows as [, $class, $cell]) {
            preg_match_all('/`(\w+)`/', $cell, $methods);
            $listed[$class] = $methods[1];
        }

        return $listed;
    }
}
