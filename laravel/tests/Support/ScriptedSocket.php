<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use RuntimeException;

/** The process of `scripted_socket.php`, ended with this object. */
final class ScriptedSocket
{
    public readonly string $url;
    /** @var resource */
    private $process;

    /** @param string $folder of recorded streams */
    public function __construct(string $folder)
    {
        $command = [PHP_BINARY, __DIR__ . '/scripted_socket.php', $folder];
        $process = proc_open($command, [1 => ['pipe', 'w']], $pipes);
        if ($process === false) {
            throw new RuntimeException('the scripted socket does not start');
        }
        $this->process = $process;
        $this->url = 'http://' . trim((string) fgets($pipes[1]));
    }

    public function __destruct()
    {
        proc_terminate($this->process, 9);
        proc_close($this->process);
    }
}
