<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use Illuminate\Http\Request;
use OpenAgents\Runtime\Chat\ThreadAuthorizer;
use OpenAgents\Runtime\Values\Principal;

/** Threads are called `u7.…` and `g-visitor.…`; who asks is in a header of the same form. */
final class HeaderAuthorizer implements ThreadAuthorizer
{
    public function authorize(Request $request, string $threadId): ?Principal
    {
        $who = (string) $request->headers->get('X-Test-Who');
        if ($who === '' || !str_starts_with($threadId, "{$who}.")) {
            return null;
        }

        return $who[0] === 'u' ? Principal::user((int) substr($who, 1)) : Principal::guest(substr($who, 2));
    }
}
