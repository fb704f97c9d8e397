<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use RuntimeException;

/** The test application behind PHP's own server, with settings and a cache of its own; ended with this object. */
final class BuiltInServer
{
    public readonly string $url;
    /** @var resource */
    private $process;

    /** @param array<string, string> $env over this process's */
    public function __construct(array $env)
    {
        $probe = stream_socket_server('tcp://127.0.0.1:0');
        $address = (string) stream_socket_get_name($probe, false);
        fclose($probe);
        $process = proc_open(
            ['setsid', PHP_BINARY, '-S', $address, dirname(__DIR__) . '/app/public/index.php'],
            [1 => ['file', '/dev/null', 'w'], 2 => ['file', '/dev/null', 'w']],
            $pipes,
            null,
            $env + ['OA_LARAVEL_CACHE' => getenv('OA_LARAVEL_HOME') . '/' . Stack::fresh('cache-'), 'PHP_CLI_SERVER_WORKERS' => '4']
                + getenv()
        );
        if ($process === false) {
            throw new RuntimeException('the server does not start');
        }
        $this->process = $process;
        $this->url = "http://{$address}";
        Stack::eventually(static fn (): bool => @stream_socket_client("tcp://{$address}") !== false, 'the server answers');
    }

    public function __destruct()
    {
        posix_kill(-proc_get_status($this->process)['pid'], SIGKILL); // its workers with it
        proc_close($this->process);
    }
}
