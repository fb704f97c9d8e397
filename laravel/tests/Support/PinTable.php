<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use Illuminate\Container\Container;
use Illuminate\Database\Capsule\Manager;
use Illuminate\Database\ConnectionInterface;
use Illuminate\Support\Facades\Facade;
use LogicException;
use OpenAgents\Runtime\Chat\ChatMessage;
use OpenAgents\Runtime\Chat\RunPins;
use OpenAgents\Runtime\Routing\RunStarts;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;

/** The table of pins as the migration makes it, in memory, without an application around it. */
final class PinTable
{
    public readonly ConnectionInterface $database;
    public readonly RunPins $pins;

    public function __construct()
    {
        $capsule = new Manager();
        $capsule->addConnection(['driver' => 'sqlite', 'database' => ':memory:']);
        $this->database = $capsule->getConnection();
        $this->pins = new RunPins($this->database);
        $before = Facade::getFacadeApplication();
        $container = new Container();
        $container->instance('db.schema', $this->database->getSchemaBuilder());
        $container->instance('db', $capsule->getDatabaseManager());
        Facade::clearResolvedInstances();
        Facade::setFacadeApplication($container);
        (require dirname(__DIR__, 2) . '/database/migrations/2026_01_01_000001_create_runtime_run_pins.php')->up();
        Facade::clearResolvedInstances();
        Facade::setFacadeApplication($before);
    }

    /** A message of user 7 in the thread `t`; its run. */
    public function claim(string $messageId, string $driver = 'runtime'): RunRef
    {
        $message = ChatMessage::of(['id' => 't', 'messages' => [
            ['id' => $messageId, 'role' => 'user', 'parts' => [['type' => 'text', 'text' => $messageId]]],
        ]]);
        usleep(1100); // ids sort by the millisecond in which they were made

        return $this->pins->claim($message, Principal::user(7), $driver)->run;
    }

    /** A request of its own that has the right to start the run. */
    public function taken(RunRef $run): RunStarts
    {
        $starts = new RunStarts($this->database, 60);

        return $starts->take($this->pins->find($run)) ? $starts : throw new LogicException('another has it');
    }

    /** @return array<string, ?string> */
    public function row(RunRef $run): array
    {
        return (array) $this->database->table('runtime_run_pins')->where('run_id', $run->runId)->first();
    }

    /** Whoever had the right to start it has died, and it has run out. */
    public function expire(RunRef $run): void
    {
        $this->database->table('runtime_run_pins')->where('run_id', $run->runId)
            ->update(['starting_until' => gmdate('Y-m-d H:i:s', 0)]);
    }
}
