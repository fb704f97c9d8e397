<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use OpenAgents\Runtime\Legacy\FixtureDriver;
use OpenAgents\Runtime\Legacy\LegacyDriver;
use OpenAgents\Runtime\Values\CancelResult;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\RunSnapshot;
use OpenAgents\Runtime\Values\StartRun;

/** The fixture driver, with a line in a file for every run that it executes. */
final class CountingDriver implements LegacyDriver
{
    private readonly FixtureDriver $driver;

    public function __construct()
    {
        $this->driver = new FixtureDriver();
    }

    public static function executions(RunRef $run): int
    {
        $file = self::file();

        return is_file($file) ? count(preg_grep("/^{$run->runId}$/", file($file))) : 0;
    }

    public function answer(Principal $principal, StartRun $start, Frame $frame): iterable
    {
        file_put_contents(self::file(), $start->run->runId . "\n", FILE_APPEND | LOCK_EX);

        return $this->driver->answer($principal, $start, $frame);
    }

    public function cancel(Principal $principal, RunRef $run, ?string $reason): CancelResult
    {
        return $this->driver->cancel($principal, $run, $reason);
    }

    public function find(Principal $principal, RunRef $run): ?RunSnapshot
    {
        return $this->driver->find($principal, $run);
    }

    public function messages(Principal $principal, RunRef $run): ?array
    {
        return $this->driver->messages($principal, $run);
    }

    private static function file(): string
    {
        return getenv('OA_LARAVEL_HOME') . '/legacy-executions';
    }
}
