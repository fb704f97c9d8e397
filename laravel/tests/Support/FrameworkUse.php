<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use PhpToken;
use ReflectionClass;
use ReflectionMethod;

/** Which symbols of the framework the package's own files use, read from their tokens. */
final class FrameworkUse
{
    private const ROOT = __DIR__ . '/../../';
    private const FOREIGN = '/\A(?:Illuminate|Symfony|Psr|GuzzleHttp)\\\\/';

    /** @return list<string> classes that are imported */
    public static function classes(): array
    {
        $found = [];
        foreach (self::files() as $file) {
            preg_match_all('/^use ([\w\\\\]+)/m', (string) file_get_contents($file), $imports);
            $found = array_merge($found, preg_grep(self::FOREIGN, $imports[1]));
        }
        sort($found);

        return array_values(array_unique($found));
    }

    /** @return list<string> names of methods that are called and neither the package's nor PHP's */
    public static function methods(): array
    {
        $called = $own = [];
        foreach (self::files() as $file) {
            $tokens = array_values(array_filter(
                PhpToken::tokenize((string) file_get_contents($file)),
                static fn (PhpToken $token): bool => !$token->isIgnorable()
            ));
            foreach ($tokens as $at => $token) {
                if (!$token->is(T_STRING)) {
                    continue;
                }
                if ($tokens[$at - 1]->is(T_FUNCTION)) {
                    $own[] = $token->text;
                } elseif ($tokens[$at - 1]->is([T_OBJECT_OPERATOR, T_DOUBLE_COLON]) && $tokens[$at + 1]->text === '(') {
                    $called[] = $token->text;
                }
            }
        }
        $foreign = array_diff(array_unique($called), $own, self::methodsOfPhp());
        sort($foreign);

        return array_values($foreign);
    }

    /** @return list<string> of the files that a host application runs */
    private static function files(): array
    {
        $files = array_merge(
            glob(self::ROOT . 'src/*.php'),
            glob(self::ROOT . 'src/*/*.php'),
            glob(self::ROOT . 'config/*.php'),
            glob(self::ROOT . 'database/migrations/*.php')
        );

        return $files;
    }

    /** @return list<string> */
    private static function methodsOfPhp(): array
    {
        $names = [];
        foreach (['Throwable', 'BackedEnum', 'Iterator', 'IteratorAggregate', 'Closure'] as $class) {
            foreach ((new ReflectionClass($class))->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
                $names[] = $method->getName();
            }
        }

        return $names;
    }
}
