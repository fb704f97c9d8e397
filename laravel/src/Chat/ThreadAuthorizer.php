<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use Illuminate\Http\Request;
use OpenAgents\Runtime\Values\Principal;

/** What the host application implements: whose thread it is. Asked before anything else is done. */
interface ThreadAuthorizer
{
    /**
     * For whom the request may speak in this thread; null when the thread is not theirs, which the
     * browser sees as 404. A thread that nobody has begun yet is whoever's the host says it is.
     */
    public function authorize(Request $request, string $threadId): ?Principal;
}
