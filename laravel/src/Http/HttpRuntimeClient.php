<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Http;

use OpenAgents\Runtime\Config\Driver;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Sse\RunStream;
use OpenAgents\Runtime\Values\CancelResult;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\FrameReceipt;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\RunHandle;
use OpenAgents\Runtime\Values\RunRef;
use OpenAgents\Runtime\Values\RunSnapshot;
use OpenAgents\Runtime\Values\SignedStream;
use OpenAgents\Runtime\Values\StartRun;
use OpenAgents\Runtime\Values\StreamFrom;
use OpenAgents\Runtime\Values\Transcript;

/** The runtime over HTTP. */
final class HttpRuntimeClient implements RuntimeClient
{
    public function __construct(
        private readonly JsonCaller $json,
        private readonly StreamOpener $streams,
    ) {
    }

    public function driverName(): string
    {
        return Driver::Runtime->value;
    }

    public function startRun(Principal $principal, StartRun $start): RunHandle
    {
        $answer = new Answer($this->json->call(Requests::start($principal, $start)));

        return new RunHandle(
            new RunRef($answer->text('runId'), $answer->text('threadId')),
            $answer->text('status'),
            $answer->whole('latestSeq'),
            $answer->flag('idempotentReplay'),
        );
    }

    public function appendFrame(Principal $principal, RunRef $run, Frame $frame): FrameReceipt
    {
        $answer = new Answer($this->json->call(Requests::frame($principal, $run, $frame)));

        return new FrameReceipt(
            $answer->text('runId'),
            $answer->text('frameId'),
            $answer->text('status'),
            $answer->flag('idempotentReplay'),
            $answer->has('seq') ? $answer->whole('seq') : null,
        );
    }

    public function streamRun(Principal $principal, RunRef $run, StreamFrom $from): RunStream
    {
        return $this->streams->open($run, Requests::stream($principal, $run, $from));
    }

    public function startAndStream(
        Principal $principal,
        StartRun $start,
        Frame $frame,
        StreamFrom $from,
    ): RunStream {
        return $this->streams->open(
            $start->run,
            Requests::startAndStream($principal, $start, $frame, $from)
        );
    }

    public function signStream(Principal $principal, RunRef $run, StreamFrom $from): ?SignedStream
    {
        return $this->streams->sign(Requests::stream($principal, $run, $from));
    }

    public function cancelRun(Principal $principal, RunRef $run, ?string $reason = null): CancelResult
    {
        $answer = new Answer($this->json->call(Requests::cancel($principal, $run, $reason)));

        return new CancelResult(
            $answer->text('runId'),
            $answer->text('status'),
            $answer->flag('idempotentReplay'),
        );
    }

    public function getRun(Principal $principal, RunRef $run): RunSnapshot
    {
        $answer = new Answer($this->json->call(Requests::get($principal, $run)));

        return new RunSnapshot(
            $answer->text('runId'),
            $answer->text('threadId'),
            $answer->text('status'),
            $answer->whole('latestSeq'),
            $answer->has('terminal'),
            $answer->fields,
        );
    }

    public function messages(Principal $principal, RunRef $run): Transcript
    {
        $messages = new RunMessages($run->runId);
        $next = 0;
        do {
            $after = $next;
            $page = $this->json->events(Requests::events($principal, $run, $after));
            array_map($messages->add(...), $page->events);
            $next = $page->nextAfter;
        } while ($after < $next && $next < $page->latestSeq);

        // A log that cannot be read to its head is damaged, and tells nothing more.
        return new Transcript($messages->messages(), $messages->ended() || $next < $page->latestSeq);
    }
}
