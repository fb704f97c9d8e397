<?php

/*
 * Check an exported run: php verify.php FILE [--head HEX] [--key ID:SECRET]...
 *
 * Needs PHP 8.1 and nothing else. `--head` is a chain head that you have noted yourself, `--key` a
 * key that anchors are signed with. The exit code is 0 when the log is what it was, 1 when it is
 * not, 3 when nobody can say. The file and the recipe are described in INTEGRITY.md.
 */

declare(strict_types=1);

const FIELDS = [
    'run' => ['kind' => 'string', 'format' => 'string', 'runId' => 'string', 'events' => 'int',
        'head' => 'string', 'anchors' => 'int'],
    'anchor' => ['kind' => 'string', 'runId' => 'string', 'seq' => 'int', 'head' => 'string',
        'atUs' => 'int', 'keyId' => 'string', 'mac' => 'string'],
    'event' => ['kind' => 'string', 'seq' => 'int', 'type' => 'string', 'version' => 'int',
        'occurredAtUs' => 'int', 'payload' => 'string or null', 'payloadHash' => 'string',
        'prevHash' => 'string', 'eventHash' => 'string'],
];
// What only readers of a run needed, by kind. Nothing else may go, and of a kind the oldest first.
const NOT_KEPT = ['text.delta' => 'delta', 'reasoning.delta' => 'delta', 'tool.progress' => 'progress'];
const AS_WRITTEN = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS;

function preimage(string|int ...$values): string
{
    return implode('', array_map(fn ($value) => pack('N', strlen((string) $value)).$value, $values));
}

function broken(string $what): never
{
    echo "broken: $what\n";
    exit(1);
}

function cannotSay(string $why): never
{
    echo "cannot say: $why\n";
    exit(3);
}

/** A line as an array, if it is written exactly as an export writes one of that kind. */
function line(string|false $raw, int $number, string $kind): array
{
    $line = json_decode((string) $raw, true);
    $asWritten = is_array($line) && ($line['kind'] ?? null) === $kind
        && count($line) === count(FIELDS[$kind]);
    foreach (FIELDS[$kind] as $name => $type) {
        $is = is_array($line) ? get_debug_type($line[$name] ?? null) : '';
        $asWritten = $asWritten && array_key_exists($name, $line)
            && ($is === $type || ($type === 'string or null' && in_array($is, ['string', 'null'], true)));
    }
    if ($asWritten) {
        ksort($line);
        $asWritten = json_encode($line, AS_WRITTEN)."\n" === $raw;
    }

    return $asWritten ? $line : broken("line $number is not a line of this export");
}

/** The 32 bytes of a hash; what is not one is equal to none. */
function unhex(string $text): string
{
    return preg_match('/\A[0-9a-f]{64}\z/', $text) ? (string) hex2bin($text) : '';
}

function checkAnchor(array $anchor, array $run, array $keys): void
{
    if ($anchor['runId'] !== $run['runId']) {
        broken('an anchor of another run');
    }
    if ($keys === []) {
        return;
    }
    $secret = $keys[$anchor['keyId']]
        ?? cannotSay("an anchor is signed by key {$anchor['keyId']}, which was not given");
    $statement = preimage('oa.anchor.v1', $anchor['runId'], $anchor['seq'], unhex($anchor['head']),
        $anchor['atUs'], $anchor['keyId']);
    if (hash_hmac('sha256', $statement, $secret, true) !== unhex($anchor['mac'])) {
        broken("the anchor of event {$anchor['seq']} is not signed by key {$anchor['keyId']}");
    }
}

/** The hash of the event, if it is event $seq and follows the one of hash $previous. */
function checkEvent(array $event, string $runId, int $seq, string $previous): string
{
    if ($event['seq'] !== $seq || unhex($event['prevHash']) !== $previous) {
        broken("event $seq is missing, or does not follow the one before");
    }
    $digest = unhex($event['payloadHash']);
    if ($event['payload'] === null) {
        if (! isset(NOT_KEPT[$event['type']])) {
            broken("the payload of event $seq is gone, and it is one that is kept");
        }
    } elseif (hash('sha256', $event['payload'], true) !== $digest) {
        broken("the payload of event $seq was changed");
    }
    $link = preimage('oa.event.v1', $runId, $seq, $event['type'], $event['version'],
        $event['occurredAtUs'], $digest, $previous);
    if (hash('sha256', $link, true) !== unhex($event['eventHash'])) {
        broken("event $seq was changed");
    }

    return unhex($event['eventHash']);
}

$file = null;
$head = null;
$keys = [];
for ($at = 1; $at < $argc; $at++) {
    if ($argv[$at] === '--head') {
        $head = $argv[++$at] ?? '';
    } elseif ($argv[$at] === '--key') {
        [$id, $secret] = explode(':', $argv[++$at] ?? '', 2) + ['', ''];
        $keys[$id] = $secret;
    } else {
        $file = $argv[$at];
    }
}
$lines = $file === null ? false : @fopen($file, 'rb');
if ($lines === false) {
    cannotSay('give the file of an export');
}
$run = line(fgets($lines), 1, 'run');
if ($run['format'] !== 'oa.run.v1') {
    broken('line 1 is not a line of this export');
}
if ($head !== null && $head !== $run['head']) {
    broken('the head is not the one that you have noted');
}
$anchors = [];
while (count($anchors) < $run['anchors']) {
    $anchors[] = line(fgets($lines), count($anchors) + 2, 'anchor');
}
foreach ($anchors as $anchor) {
    checkAnchor($anchor, $run, $keys);
}
$previous = str_repeat("\0", 32);
$firstGone = null;
$keptKinds = [];
for ($seq = 1; $seq <= $run['events']; $seq++) {
    $raw = fgets($lines);
    if ($raw === false) {
        broken("event $seq is missing, or does not follow the one before");
    }
    $event = line($raw, $seq + count($anchors) + 1, 'event');
    $previous = checkEvent($event, $run['runId'], $seq, $previous);
    $kind = NOT_KEPT[$event['type']] ?? '';
    if ($event['payload'] !== null) {
        $keptKinds[$kind] = true;
    } elseif (isset($keptKinds[$kind])) {
        broken("the payload of event $seq is gone, and an older one is not");
    } else {
        $firstGone ??= $seq;
    }
    foreach ($anchors as $anchor) {
        if ($anchor['seq'] === $seq && unhex($anchor['head']) !== $previous) {
            broken("event $seq is not what was anchored");
        }
    }
}
if (unhex($run['head']) !== $previous || fgets($lines) !== false) {
    broken("the log does not end with event {$run['events']} and its head");
}
if ($firstGone !== null && $event['type'] !== 'run.finished') {
    broken("the payload of event $firstGone is gone, and the run goes on");
}
foreach ($anchors as $anchor) {
    if ($anchor['seq'] < 1 || $anchor['seq'] > $run['events']) {
        broken('an anchor knows more events than the log has');
    }
}
if ($keys !== [] && $anchors === []) {
    cannotSay('there is no anchor');
}
echo "sound: {$run['events']} events, ", count($anchors), " anchors\n";
if ($head === null && $keys === []) {
    echo "Nothing from outside was compared: give --head or --key.\n";
}
