<?php

/** A runtime that answers one request with a stream of so many MiB, as fast as it is read. */

declare(strict_types=1);

use OpenAgents\Runtime\Tests\Support\LongStream;

require __DIR__ . '/../autoload.php';

$server = stream_socket_server('tcp://127.0.0.1:0');
echo stream_socket_get_name($server, false), "\n";
$peer = stream_socket_accept($server, 30);
while (!in_array(fgets($peer), ["\r\n", false], true)) {
    continue;
}
fwrite($peer, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
foreach (LongStream::events((int) $argv[1]) as $event) {
    fwrite($peer, $event);
}
fclose($peer);
