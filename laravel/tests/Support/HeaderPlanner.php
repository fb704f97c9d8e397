<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use Illuminate\Http\Request;
use OpenAgents\Runtime\Chat\RunPlanner;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StartRun;

/** The model that a header names, and the tools that it declares for the page. */
final class HeaderPlanner implements RunPlanner
{
    public function plan(Request $request, RunRef $run): StartRun
    {
        $options = ['model' => $request->headers->get('X-Test-Model', 'scripted/echo')];
        $tools = $request->headers->get('X-Test-Tools');

        return new StartRun($run, $options + ($tools === null ? [] : ['client_tools' => json_decode($tools, true)]));
    }
}
