<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use Illuminate\Http\Request;
use OpenAgents\Runtime\Chat\RunPlanner;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StartRun;

/** The model that a header names. */
final class HeaderPlanner implements RunPlanner
{
    public function plan(Request $request, RunRef $run): StartRun
    {
        return new StartRun($run, ['model' => $request->headers->get('X-Test-Model', 'scripted/echo')]);
    }
}
