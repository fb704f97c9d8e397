<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use HashContext;
use OpenAgents\Runtime\Proxy\Browser;

/** Keeps the length and the hash of what it is sent, and nothing else. */
final class SummingBrowser implements Browser
{
    private int $bytes = 0;
    private HashContext $hash;

    public function __construct()
    {
        $this->hash = hash_init('sha256');
    }

    public function prepare(): void
    {
    }

    public function write(string $bytes): void
    {
        $this->bytes += strlen($bytes);
        hash_update($this->hash, $bytes);
    }

    public function gone(): bool
    {
        return false;
    }

    /** @return array{bytes: int, sha256: string} */
    public function sum(): array
    {
        return ['bytes' => $this->bytes, 'sha256' => hash_final($this->hash)];
    }
}
