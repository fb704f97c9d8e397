<?php

/**
 * A way to the runtime that fails as the name of a thread asks: `u7.HOW-…`.
 *
 * Of `POST …/runs/stream`: `full` answers 429 and `away` 503, always; `swallow` hears it and says nothing;
 * `deaf` passes it on and keeps the first answer to itself. `lost` does the same for every answer, and has
 * 503 for every other request. `silent` answers nothing at all. Everything else is passed on. `GET /deliver/THREAD` passes on, at last, what was swallowed, and answers with the
 * status that it got.
 */

declare(strict_types=1);

[, $upstream] = $argv;
$server = stream_socket_server('tcp://127.0.0.1:0');
echo stream_socket_get_name($server, false), "\n";

$request = static function ($peer): string {
    $head = '';
    while (!str_ends_with($head, "\r\n\r\n") && ($line = fgets($peer)) !== false) {
        $head .= $line;
    }
    $length = preg_match('/^Content-Length: (\d+)/mi', $head, $found) === 1 ? (int) $found[1] : 0;

    return $head . ($length > 0 ? stream_get_contents($peer, $length) : '');
};
$passOn = static function (string $bytes) use ($upstream) {
    $runtime = stream_socket_client("tcp://{$upstream}");
    fwrite($runtime, preg_replace("/\r\n\r\n/", "\r\nConnection: close\r\n\r\n", $bytes, 1));

    return $runtime;
};
$refuse = static function ($peer, string $line, string $code): void {
    $body = json_encode(['error' => ['code' => $code, 'message' => $line, 'details' => [], 'requestId' => 'r']]);
    fwrite($peer, "HTTP/1.1 {$line}\r\nContent-Type: application/json\r\nContent-Length: " . strlen($body) . "\r\n\r\n{$body}");
};
$kept = $swallowed = $deafened = [];

while ($peer = stream_socket_accept($server, -1)) {
    $bytes = $request($peer);
    if (preg_match('~\AGET /deliver/(\S+)~', $bytes, $found) === 1) {
        $status = substr((string) fgets($passOn($swallowed[$found[1]])), 9, 3);
        fwrite($peer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{$status}");
        fclose($peer);
        continue;
    }
    preg_match('/thread_id(?:=|":")(u\d+\.([a-z]+)-\w+)/', $bytes, $names);
    [, $thread, $how] = $names + ['', '', ''];
    $starts = str_starts_with($bytes, 'POST /internal/v1/runs/stream');
    if ($how === 'silent' || $starts && $how === 'swallow') {
        $swallowed[$thread] = $bytes;
        $kept[] = $peer;
    } elseif ($starts && $how === 'full') {
        $refuse($peer, '429 Too Many Requests', 'throttled');
    } elseif ($starts && $how === 'away') {
        $refuse($peer, '503 Service Unavailable', 'unavailable');
    } elseif (!$starts && $how === 'lost') {
        $refuse($peer, '503 Service Unavailable', 'unavailable');
    } elseif ($starts && ($how === 'lost' || $how === 'deaf' && !isset($deafened[$thread]))) {
        $deafened[$thread] = true;
        $runtime = $passOn($bytes);
        fgets($runtime);
        array_push($kept, $peer, $runtime);
    } else {
        stream_copy_to_stream($passOn($bytes), $peer);
    }
}
