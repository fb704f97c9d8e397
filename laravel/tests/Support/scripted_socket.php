<?php

/**
 * A runtime that is cut off as its reader's thread id asks: `STREAM.HOW.BYTE`.
 *
 * The first connection of a thread gets the recorded stream up to that byte, then HOW happens:
 * `close` ends the answer, `break` tears it in a chunk, `stall` says nothing more. Every later one
 * gets the rest after its Last-Event-ID, behind a preamble of its own.
 */

declare(strict_types=1);

use OpenAgents\Runtime\Sse\BlockSplitter;

require __DIR__ . '/../autoload.php';

[, $folder] = $argv;
$server = stream_socket_server('tcp://127.0.0.1:0');
echo stream_socket_get_name($server, false), "\n";
$seen = [];
$stalled = [];

while ($peer = stream_socket_accept($server, -1)) {
    $head = '';
    while (!str_ends_with($head, "\r\n\r\n") && ($line = fgets($peer)) !== false) {
        $head .= $line;
    }
    preg_match('/thread_id=(\w+)\.(\w+)\.(\d+)/', $head, $names);
    [$thread, $stream, $how, $byte] = $names;
    $preamble = static fn (string $cursor): string => "retry: 1000\n\n: cursor {$cursor}\n\n";
    $recorded = (string) file_get_contents("{$folder}/{$stream}.sse");
    fwrite($peer, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n");
    if (!isset($seen[$thread])) {
        $seen[$thread] = true;
        $sent = substr($preamble('0') . $recorded, 0, (int) $byte);
        if ($how === 'break') {
            fwrite($peer, "Transfer-Encoding: chunked\r\n\r\nfffff\r\n{$sent}");
        } else {
            fwrite($peer, "Connection: close\r\n\r\n{$sent}");
        }
        if ($how === 'stall') {
            $stalled[] = $peer;
            continue;
        }
        fclose($peer);
        continue;
    }
    $cursor = preg_match('/^Last-Event-ID: (\d+)/mi', $head, $found) === 1 ? $found[1] : '0';
    $rest = '';
    foreach ((new BlockSplitter())->feed($recorded) as $block) {
        $rest .= $block->raw;
        if ($block->id === $cursor && !$block->isDone()) {
            $rest = '';
        }
    }
    fwrite($peer, "Connection: close\r\n\r\n" . $preamble($cursor) . ": caught-up {$cursor}\n\n" . $rest);
    fclose($peer);
}
