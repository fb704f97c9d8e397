<?php

/** Carries a stream to a browser that keeps nothing, and says what came and how much memory it took. */

declare(strict_types=1);

use OpenAgents\Runtime\Config\StreamSettings;
use OpenAgents\Runtime\Proxy\Resumption;
use OpenAgents\Runtime\Proxy\SseProxy;
use OpenAgents\Runtime\Support\SystemClock;
use OpenAgents\Runtime\Tests\Support\LongStream;
use OpenAgents\Runtime\Tests\Support\SummingBrowser;
use OpenAgents\Runtime\Tests\Support\Wiring;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\StreamFrom;

require __DIR__ . '/../autoload.php';

$client = Wiring::client($argv[1]);
$principal = Principal::user(1);
$from = StreamFrom::beginning();
$browser = new SummingBrowser();
(new SseProxy(
    $client->streamRun($principal, LongStream::run(), $from),
    new Resumption($client, $principal, LongStream::run(), $from),
    $browser,
    new StreamSettings(),
    new SystemClock(),
))->run();
echo json_encode($browser->sum() + ['peakBytes' => memory_get_peak_usage()]);
