<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use OpenAgents\Runtime\Values\RunRef;
use RuntimeException;

/** A stream of some MiB, and what PHP needs to carry it: both sides are processes of their own. */
final class LongStream
{
    private const EVENT_BYTES = 8192;

    /** @return iterable<string> its events, the same for the same length */
    public static function events(int $mebibytes): iterable
    {
        yield "retry: 1000\n\n: cursor 0\n\n";
        $most = intdiv($mebibytes * 1024 * 1024, self::EVENT_BYTES);
        for ($seq = 1; $seq <= $most; ++$seq) {
            $part = '{"type":"text-delta","id":"t","delta":"' . str_pad("{$seq} ", self::EVENT_BYTES, 'abc') . '"}';
            yield "id: {$seq}\ndata: {$part}\n\n";
        }
        yield "id: {$most}\ndata: [DONE]\n\n";
    }

    /** @return array{bytes: int, sha256: string} of the events, one after the other */
    public static function sum(int $mebibytes): array
    {
        $bytes = 0;
        $hash = hash_init('sha256');
        foreach (self::events($mebibytes) as $event) {
            $bytes += strlen($event);
            hash_update($hash, $event);
        }

        return ['bytes' => $bytes, 'sha256' => hash_final($hash)];
    }

    /**
     * Has it sent by one process and carried by another.
     *
     * @return array{bytes: int, sha256: string, peakBytes: int} what came out, and the most memory it took
     */
    public static function carried(int $mebibytes): array
    {
        $command = [PHP_BINARY, __DIR__ . '/long_stream.php', (string) $mebibytes];
        $server = proc_open($command, [1 => ['pipe', 'w']], $pipes);
        if ($server === false) {
            throw new RuntimeException('the long stream does not start');
        }
        try {
            $address = trim((string) fgets($pipes[1]));
            $carry = implode(' ', array_map('escapeshellarg', [PHP_BINARY, __DIR__ . '/carry.php', "http://{$address}"]));

            return json_decode((string) shell_exec($carry), true, 4, JSON_THROW_ON_ERROR);
        } finally {
            proc_terminate($server, SIGKILL);
            proc_close($server);
        }
    }

    /** The run that it is of. */
    public static function run(): RunRef
    {
        return new RunRef('run-1', 'u1.long');
    }
}
