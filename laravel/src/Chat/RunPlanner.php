<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use Illuminate\Http\Request;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StartRun;

/** Which model, tools and limits a message gets. Bind your own in place of PlainRunPlanner. */
interface RunPlanner
{
    /** The same request must give the same plan: a repeated one attaches to the run of the first. */
    public function plan(Request $request, RunRef $run): StartRun;
}
