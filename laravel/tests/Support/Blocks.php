<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Tests\Support;

use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Sse\BlockSplitter;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\StreamFrom;

/** What tests look for in the bytes of a stream. */
final class Blocks
{
    /** The event blocks, byte for byte; comments and `retry:` left out. */
    public static function events(string $bytes): string
    {
        $events = '';
        foreach ((new BlockSplitter())->feed($bytes) as $block) {
            $events .= $block->isBesideEvents() ? '' : $block->raw;
        }

        return $events;
    }

    /** What the runtime itself says of a run, to its end. */
    public static function direct(RuntimeClient $client, Principal $principal, RunRef $run): string
    {
        $bytes = '';
        foreach ($client->streamRun($principal, $run, StreamFrom::beginning()) as $block) {
            $bytes .= $block->raw;
        }

        return $bytes;
    }

    /** @return list<array<string, mixed>> the parts, `[DONE]` left out */
    public static function parts(string $bytes): array
    {
        $parts = [];
        foreach ((new BlockSplitter())->feed($bytes) as $block) {
            if ($block->data !== null && !$block->isDone()) {
                $parts[] = json_decode($block->data, true, 64, JSON_THROW_ON_ERROR);
            }
        }

        return $parts;
    }

    /** @return list<int> */
    public static function ids(string $bytes): array
    {
        $ids = [];
        foreach ((new BlockSplitter())->feed($bytes) as $block) {
            if ($block->id !== null && !$block->isDone()) {
                $ids[] = (int) $block->id;
            }
        }

        return $ids;
    }
}
