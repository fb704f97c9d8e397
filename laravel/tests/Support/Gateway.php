<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use RuntimeException;

/** The process of `gateway.php`, before the runtime; ended with this object. */
final class Gateway
{
    public readonly string $url;
    /** @var resource */
    private $process;

    public function __construct()
    {
        $runtime = str_replace('http://', '', Stack::baseUrl());
        $process = proc_open([PHP_BINARY, __DIR__ . '/gateway.php', $runtime], [1 => ['pipe', 'w']], $pipes);
        if ($process === false) {
            throw new RuntimeException('the gateway does not start');
        }
        $this->process = $process;
        $this->url = 'http://' . trim((string) fgets($pipes[1]));
    }

    public function __destruct()
    {
        proc_terminate($this->process, 9);
        proc_close($this->process);
    }

    /** Passes on what was swallowed of a thread; the status of the runtime's answer. */
    public function deliver(string $thread): int
    {
        return (int) file_get_contents("{$this->url}/deliver/{$thread}");
    }
}
