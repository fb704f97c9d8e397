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
    /** So many runs of a thread are looked at, of either kind; they are asked about, and asking has a price. */
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

    /**
     * Of runs not known to have ended: the newest that were started, and the newest that perhaps were.
     *
     * @return list<RunPin> oldest first
     */
    public function open(string $threadId, Principal $principal): array
    {
        $open = fn (): Builder => $this->asked($threadId, $principal)->whereNull('ended_at');
        $pins = [
            ...self::inOrder($open()->whereNotNull('started_at'), self::MOST_OPEN),
            ...self::inOrder($open()->whereNull('started_at'), self::MOST_OPEN),
        ];
        usort($pins, static fn (RunPin $one, RunPin $other): int => $one->run->runId <=> $other->run->runId);

        return $pins;
    }

    /** @return list<RunPin> oldest first, without those that surely were refused */
    public function newest(string $threadId, Principal $principal, int $most): array
    {
        return self::inOrder($this->asked($threadId, $principal), $most);
    }

    public function end(RunRef $run): void
    {
        $this->table()->where('run_id', $run->runId)->update(['ended_at' => gmdate('Y-m-d H:i:s')]);
    }

    private function table(): Builder
    {
        return $this->database->table('runtime_run_pins');
    }

    /** Those whose runs a driver has, or may have. */
    private function asked(string $threadId, Principal $principal): Builder
    {
        return $this->table()
            ->where('thread_id', $threadId)
            ->where('principal', (string) $principal)
            ->whereNotNull('starter');
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
