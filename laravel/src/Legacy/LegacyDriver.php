<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Legacy;

use OpenAgents\Runtime\Values\CancelResult;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\RunSnapshot;
use OpenAgents\Runtime\Values\StartRun;

/** What the host application implements: its own way to execute a run, from before the runtime. */
interface LegacyDriver
{
    /**
     * The answer's AI SDK parts without `[DONE]`, as they come. The last is `finish`, or `abort` when
     * the run was cancelled; a failure is `error`, then `finish`.
     *
     * @return iterable<array<string, mixed>>
     */
    public function answer(Principal $principal, StartRun $start, Frame $frame): iterable;

    /** Asks for the run's end; the answer under way then ends with `abort`. */
    public function cancel(Principal $principal, RunRef $run, ?string $reason): CancelResult;

    /** The run as far as the driver knows it; null when it knows none of that name and owner. */
    public function find(Principal $principal, RunRef $run): ?RunSnapshot;

    /**
     * The run's messages as `useChat` shows them: its user's, and the answer once it is complete; null
     * as with `find`.
     *
     * @return list<array<string, mixed>>|null
     */
    public function messages(Principal $principal, RunRef $run): ?array;
}
