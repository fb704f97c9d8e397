<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Sse;

use CurlHandle;
use CurlMultiHandle;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\Http\TransportFailure;

/** One transfer, driven from outside: whoever reads decides how long to wait. */
final class CurlConnection implements SseConnection
{
    private readonly CurlMultiHandle $multi;
    private ?CurlHandle $easy;
    private string $received = '';
    /** How the transfer ended, in curl's numbers; null while it goes on. */
    private ?int $result = null;
    private ?int $status = null;
    private bool $headComplete = false;
    /** @var array<string, string> */
    private array $headers = [];

    /** @param array<int, mixed> $options of curl_setopt_array */
    public function __construct(array $options)
    {
        $this->easy = curl_init();
        curl_setopt_array($this->easy, $options + [
            CURLOPT_WRITEFUNCTION => function (CurlHandle $_, string $bytes): int {
                $this->received .= $bytes;

                return strlen($bytes);
            },
            CURLOPT_HEADERFUNCTION => function (CurlHandle $_, string $line): int {
                $this->headLine(rtrim($line, "\r\n"));

                return strlen($line);
            },
        ]);
        $this->multi = curl_multi_init();
        curl_multi_add_handle($this->multi, $this->easy);
    }

    public function __destruct()
    {
        $this->close();
    }

    public function read(int $waitMs): string
    {
        $this->advance();
        if ($this->received === '' && $this->result === null && $this->easy !== null) {
            curl_multi_select($this->multi, $waitMs / 1000);
            $this->advance();
        }
        $bytes = $this->received;
        $this->received = '';
        // What came before a break is given first; the next read tells of the break.
        if ($bytes === '' && $this->result !== null && $this->result !== CURLE_OK) {
            throw $this->failure($this->result);
        }

        return $bytes;
    }

    public function status(): ?int
    {
        return $this->headComplete ? $this->status : null;
    }

    public function header(string $name): ?string
    {
        return $this->headers[$name] ?? null;
    }

    public function ended(): bool
    {
        return $this->result === CURLE_OK && $this->received === '';
    }

    public function close(): void
    {
        if ($this->easy !== null) {
            curl_multi_remove_handle($this->multi, $this->easy);
            curl_close($this->easy);
            curl_multi_close($this->multi);
            $this->easy = null;
        }
    }

    private function advance(): void
    {
        if ($this->easy === null || $this->result !== null) {
            return;
        }
        curl_multi_exec($this->multi, $running);
        $done = curl_multi_info_read($this->multi);
        if ($done !== false) {
            $this->result = $done['result'];
        }
    }

    private function headLine(string $line): void
    {
        if (preg_match('~\AHTTP/[0-9.]+ ([0-9]{3})~', $line, $found) === 1) {
            $this->status = (int) $found[1];
            $this->headers = [];
        } elseif ($line === '') {
            $this->headComplete = $this->status >= 200;
        } else {
            [$name, $value] = array_pad(explode(':', $line, 2), 2, '');
            $this->headers[strtolower($name)] = trim($value);
        }
    }

    private function failure(int $number): RuntimeException
    {
        $connected = $this->easy === null || curl_getinfo($this->easy, CURLINFO_CONNECT_TIME) > 0;

        return TransportFailure::toException($number, $connected);
    }
}
