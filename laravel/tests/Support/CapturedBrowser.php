<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use OpenAgents\Runtime\Proxy\Browser;

/** Keeps what it is sent; leaves when told to. */
final class CapturedBrowser implements Browser
{
    public string $received = '';
    /** @var list<string> */
    public array $writes = [];
    public bool $prepared = false;

    /** @param int|null $leavesAfter writes */
    public function __construct(private readonly ?int $leavesAfter = null)
    {
    }

    public function prepare(): void
    {
        $this->prepared = true;
    }

    public function write(string $bytes): void
    {
        $this->received .= $bytes;
        $this->writes[] = $bytes;
    }

    public function gone(): bool
    {
        return $this->leavesAfter !== null && count($this->writes) >= $this->leavesAfter;
    }
}
