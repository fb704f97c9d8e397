<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use Illuminate\Database\ConnectionInterface;
use Illuminate\Database\Query\Builder;
use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\Uuid7;

/** The table `runtime_run_pins`: one row per message that wanted an answer, with its run. */
final class RunPins
{
    /** So many runs of a thread are looked at; runs are asked about, and asking has a price. */
    private const MOST_OPEN = 10;

    public function __construct(private readonly ConnectionInterface $database)
    {
    }

    /** The run of that message: the first request's, however many there are and whenever they come. */
    public function claim(ChatMessage $message, Principal $principal, string $driver): RunPin
    {
        $this->table()->insertOrIgnore([
            'run_id' => Uuid7::make(),
            'thread_id' => $message->threadId,
            'message_id' => $message->key,
            'trigger' => $message->trigger,
            'principal' => (string) $principal,
            'driver' => $driver,
            'created_at' => gmdate('Y-m-d H:i:s'),
            'starting_until' => gmdate('Y-m-d H:i:s', 0),
        ]);

        return self::pin($this->table()
            ->where('thread_id', $message->threadId)
            ->where('message_id', $message->key)
            ->where('trigger', $message->trigger)
            ->first());
    }

    /** Null for a run that was started without a message of a thread. */
    public function find(RunRef $run): ?RunPin
    {
        $row = $this->table()->where('run_id', $run->runId)->first();

        return $row === null ? null : self::pin($row);
    }

    /** @return list<RunPin> of runs not known to have ended, oldest first */
    public function open(string $threadId, Principal $principal): array
    {
        return self::inOrder($this->of($threadId, $principal)->whereNull('ended_at'), self::MOST_OPEN);
    }

    /** @return list<RunPin> oldest first */
    public function newest(string $threadId, Principal $principal, int $most): array
    {
        return self::inOrder($this->of($threadId, $principal), $most);
    }

    public function end(RunRef $run): void
    {
        $this->table()->where('run_id', $run->runId)->update(['ended_at' => gmdate('Y-m-d H:i:s')]);
    }

    private function table(): Builder
    {
        return $this->database->table('runtime_run_pins');
    }

    private function of(string $threadId, Principal $principal): Builder
    {
        return $this->table()->where('thread_id', $threadId)->where('principal', (string) $principal);
    }

    /** @return list<RunPin> */
    private static function inOrder(Builder $pins, int $most): array
    {
        $rows = $pins->orderByDesc('run_id')->limit($most)->get();

        return array_map(self::pin(...), array_reverse([...$rows]));
    }

    private static function pin(object $row): RunPin
    {
        return new RunPin(
            new RunRef($row->run_id, $row->thread_id),
            $row->principal,
            Driver::named($row->driver),
            $row->started_at !== null,
            $row->starter
        );
    }
}
