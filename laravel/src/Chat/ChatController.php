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
use OpenAgents\Runtime\Values\Principal;
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

    /** A message; the answer is the stream of the run that answers it. */
    public function send(Request $request): Response
    {
        return $this->answered(function () use ($request): Response {
            $message = ChatMessage::of($request->json()->all());
            $from = StreamAnswers::from($request);
            $principal = $this->authorizer->authorize($request, $message->threadId);
            if ($principal === null) {
                return ErrorEnvelope::noThread();
            }
            $pin = $this->pins->claim($message, $principal, $this->client->driverName());
            if ($pin->principal !== (string) $principal) {
                return ErrorEnvelope::noThread();
            }
            $start = $this->planner->plan($request, $pin->run);
            $stream = $this->client->startAndStream($principal, $start, $message->frame, $from);

            return $this->streams->begun($request, $principal, $stream, $from);
        });
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
