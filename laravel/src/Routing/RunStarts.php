<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Routing;

use Illuminate\Database\ConnectionInterface;
use OpenAgents\Runtime\Chat\RunPin;
use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\Fallback\FallbackReason;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\Uuid7;

/**
 * Of all requests that carry the same message, one at a time may start its run: while one asks the
 * runtime, no other can send the run to the legacy driver, and the other way round. Kept in the pins.
 *
 * A run whose outcome is not known stays in doubt for all who come later: its pin keeps the `starter`,
 * which is written before anything is asked and taken away only by a refusal that is certain.
 */
final class RunStarts
{
    private readonly string $me;
    /** @var array<string, true> */
    private array $doubts = [];

    /** @param int $forS for how long a right is good, should its holder die */
    public function __construct(
        private readonly ConnectionInterface $database,
        private readonly int $forS,
    ) {
        $this->me = Uuid7::make();
    }

    /** Takes the right to start the run; false when another has it or had it, or the run was started. */
    public function take(RunPin $pin): bool
    {
        $free = $this->database->table('runtime_run_pins')
            ->where('run_id', $pin->run->runId)
            ->whereNull('started_at')
            ->where('starting_until', '<', self::time());
        $asSeen = $pin->starter === null ? $free->whereNull('starter') : $free->where('starter', $pin->starter);
        $taken = 1 === $asSeen->update(['starter' => $this->me, 'starting_until' => self::time($this->forS)]);
        if ($taken && $pin->starter !== null) {
            $this->doubt($pin->run);
        }

        return $taken;
    }

    /** Whether the run may be in the runtime already, as an earlier request has left it. */
    public function inDoubt(RunRef $run): bool
    {
        return isset($this->doubts[$run->runId]);
    }

    /** The run is there, or may be: this request cannot tell otherwise. */
    public function doubt(RunRef $run): void
    {
        $this->doubts[$run->runId] = true;
    }

    /** The run is where its pin says; whoever comes later finds it there. */
    public function done(RunRef $run): void
    {
        $this->change($run, ['started_at' => self::time()]);
    }

    /** Gives the right back: nothing was started, as far as this request knows. */
    public function giveBack(RunRef $run, bool $surelyRefused): void
    {
        $nobody = $surelyRefused && !$this->inDoubt($run) ? ['starter' => null] : [];
        $this->change($run, ['starting_until' => gmdate('Y-m-d H:i:s', 0)] + $nobody);
    }

    /** Moves the run to the legacy driver; false when the right was lost meanwhile. */
    public function fallBack(RunRef $run, FallbackReason $reason): bool
    {
        return $this->change($run, [
            'driver' => Driver::Legacy->value,
            'fallback_reason' => $reason->value,
            'started_at' => self::time(),
            'ended_at' => null, // the withdrawn one's
        ]);
    }

    /** @param array<string, ?string> $values */
    private function change(RunRef $run, array $values): bool
    {
        return 1 === $this->database->table('runtime_run_pins')
            ->where('run_id', $run->runId)
            ->where('starter', $this->me)
            ->whereNull('started_at')
            ->update($values);
    }

    private static function time(int $inS = 0): string
    {
        return gmdate('Y-m-d H:i:s', time() + $inS);
    }
}
