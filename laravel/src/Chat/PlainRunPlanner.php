<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use Illuminate\Http\Request;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StartRun;

/** Everything as the runtime has it by default. */
final class PlainRunPlanner implements RunPlanner
{
    public function plan(Request $request, RunRef $run): StartRun
    {
        return new StartRun($run);
    }
}
