<?php

declare(strict_types=1);

namespace OpenAgents\Runtime\Chat;

use Closure;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Http\Response as EmptyResponse;
use InvalidArgumentException;
use OpenAgents\Runtime\Errors\ResumeNotSupported;
use OpenAgents\Runtime\Errors\RuntimeException;
use OpenAgents\Runtime\RuntimeClient;
use OpenAgents\Runtime\Values\Frame;
use OpenAgents\Runtime\Values\Principal;
use OpenAgents\Runtime\Values\StreamFrom;
use Symfony\Component\HttpFoundation\Response;

/** The chat routes: authorise, then ask the client, then answer. */
final class ChatController
{
    private const CANCEL_REASON = 'stopped by the user';

    public function __construct(
        private readonly ThreadAuthorizer $authorizer,
        private readonly RunPlanner $planner,
        private readonly RuntimeClient $client,
        private readonly RunPins $pins,
        private readonly StreamAnswers $streams,
    ) {
    }

    /** A message, or what the page's own tools have answered; the answer is the stream of its run. */
    public function send(Request $request): Response
    {
        return $this->answered(function () use ($request): Response {
            $body = $request->json()->all();
            $said = ToolAnswers::in($body) ?? ChatMessage::of($body);
            $principal = $this->authorizer->authorize($request, $said->threadId);

            return match (true) {
                $principal === null => ErrorEnvelope::noThread(),
                $said instanceof ToolAnswers => $this->goOn($request, $principal, $said),
                default => $this->begin($request, $principal, $said),
            };
        });
    }

    private function begin(Request $request, Principal $principal, ChatMessage $message): Response
    {
        $from = StreamAnswers::from($request);
        $pin = $this->pins->claim($message, $principal, $this->client->driverName());
        if ($pin->principal !== (string) $principal) {
            return ErrorEnvelope::noThread();
        }
        $start = $this->planner->plan($request, $pin->run);
        $stream = $this->client->startAndStream($principal, $start, $message->frame, $from);

        return $this->streams->begun($request, $principal, $stream, $from);
    }

    /** @throws RuntimeException when the run does not wait for them */
    private function goOn(Request $request, Principal $principal, ToolAnswers $answers): Response
    {
        $live = (new LiveRuns($this->pins, $this->client))->of($answers->threadId, $principal);
        $run = $live ?? ($this->pins->newest($answers->threadId, $principal, 1)[0] ?? null)?->run;
        if ($run === null) {
            return ErrorEnvelope::noThread();
        }
        $seqs = array_map(
            fn (Frame $frame): ?int => $this->client->appendFrame($principal, $run, $frame)->seq,
            $answers->frames,
        );
        // The page has everything before the first of them, whenever this request comes.
        $from = StreamFrom::cursor(min(array_filter($seqs) ?: [1]) - 1)->untilClient();

        return $this->streams->resumed($request, $principal, $run, $from);
    }

    /** The stream of the live run; 204 when there is none. */
    public function resume(Request $request, string $thread): Response
    {
        return $this->authorized($request, $thread, function (Principal $principal) use ($request, $thread): Response {
            $from = StreamAnswers::from($request);
            $run = (new LiveRuns($this->pins, $this->client))->of($thread, $principal);
            if ($run === null) {
                return new EmptyResponse('', 204);
            }
            try {
                return $this->streams->resumed($request, $principal, $run, $from);
            } catch (ResumeNotSupported) {
                return new EmptyResponse('', 204);
            }
        });
    }

    /** What the stop button calls; 204 when nothing is at work. */
    public function cancel(Request $request, string $thread): Response
    {
        return $this->authorized($request, $thread, function (Principal $principal) use ($thread): Response {
            $run = (new LiveRuns($this->pins, $this->client))->of($thread, $principal);
            if ($run === null) {
                return new EmptyResponse('', 204);
            }
            $result = $this->client->cancelRun($principal, $run, self::CANCEL_REASON);

            return new JsonResponse([
                'runId' => $result->runId,
                'status' => $result->status,
                'cancelRequested' => true,
                'idempotentReplay' => $result->idempotentReplay,
            ]);
        });
    }

    /** What a page shows before it resumes. */
    public function history(Request $request, string $thread): Response
    {
        return $this->authorized($request, $thread, fn (Principal $principal): Response => new JsonResponse([
            'messages' => (new ChatHistory($this->pins, $this->client))->of($thread, $principal),
        ]));
    }

    /** @param Closure(Principal): Response $answer */
    private function authorized(Request $request, string $thread, Closure $answer): Response
    {
        return $this->answered(function () use ($request, $thread, $answer): Response {
            $principal = $this->authorizer->authorize($request, $thread);

            return $principal === null ? ErrorEnvelope::noThread() : $answer($principal);
        });
    }

    /** @param Closure(): Response $answer */
    private function answered(Closure $answer): Response
    {
        try {
            return $answer();
        } catch (RuntimeException $error) {
            return ErrorEnvelope::of($error);
        } catch (InvalidArgumentException $error) {
            return ErrorEnvelope::malformed($error);
        }
    }
}
