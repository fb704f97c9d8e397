<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Fallback;

/** Why a run went to the legacy driver. */
enum FallbackReason: string
{
    case ConnectFailed = 'connect_failed';
    case BreakerOpen = 'breaker_open';
    case Throttled = 'throttled';
    case Unavailable = 'unavailable';
    /** The outcome was unknown, and the runtime says that there is no such run. */
    case NotStarted = 'not_started';
}
