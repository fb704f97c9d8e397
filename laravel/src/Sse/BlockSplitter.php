<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Sse;

use OpenAgents\Runtime\Errors\ProtocolError;

/** Bytes in as they come, whole blocks out. Joined, the blocks are the bytes. */
final class BlockSplitter
{
    private const MOST_BYTES = 1_048_576;
    private const EMPTY_LINE = '/\n\n|\r\n\r\n/';

    private string $held = '';
    private int $searched = 0;

    /**
     * @return list<SseBlock>
     *
     * @throws ProtocolError when a block does not end within 1 MiB
     */
    public function feed(string $bytes): array
    {
        $this->held .= $bytes;
        $blocks = [];
        $begin = 0;
        while (preg_match(self::EMPTY_LINE, $this->held, $found, PREG_OFFSET_CAPTURE, $this->searched) === 1) {
            $end = $found[0][1] + strlen($found[0][0]);
            $blocks[] = SseBlock::of(substr($this->held, $begin, $end - $begin));
            $begin = $this->searched = $end;
        }
        if ($begin > 0) {
            $this->held = substr($this->held, $begin);
        }
        // The end of a block may be cut anywhere.
        $this->searched = max(0, strlen($this->held) - 3);
        if (strlen($this->held) > self::MOST_BYTES) {
            throw new ProtocolError('a block of the stream does not end within 1 MiB');
        }

        return $blocks;
    }
}
