"""What the OpenAPI document says beside its tables."""

DESCRIPTION = """
The contract of the runtime as a machine reads it; `RUNTIME_CONTRACT.md` is the same for people.

**Requests** are JSON in snake_case, **answers** JSON in camelCase. Fields that this release does
not know are ignored, unless a schema forbids them; a client ignores what it does not know in
answers, events and parts. JSON that cannot be kept exactly is refused with 400: an integer beyond
±(2^53 − 1), NaN and infinities, `\\u0000`, a lone surrogate, a key that stands twice, more than 32
levels, 10,000 keys in all, or 256 KiB in one string.

**Every request** under `/internal/v1` carries a token of its own, used once, and says for whom it
speaks: `X-OA-USER-ID` or `X-OA-GUEST-SCOPE`, never both. The token of an operator carries scopes
and an actor instead; it is for the routes that ask for a
scope.

**Every answer** carries `X-Request-Id`. Every error outside a stream is an `Error`; a path that no
route has is 404, a method that a route does not have is 405 with `Allow`.

**Idempotency**: `run_id` and `frame_id` are the client's. The same request again is a 200 with
`idempotentReplay` true; the same id with other content is a 409.
"""

TAGS = {
    "runs": "Start a run, look at it, verify it, cancel it.",
    "forks": "A run that begins where another one stood.",
    "frames": "Inputs to a run.",
    "stream": "A run's events as they come.",
    "tools": "The tools there are, one of them executed, and what has become of a run's calls.",
    "threads": "The conversation that runs belong to, and what it is set to.",
    "ds": "Declarative signatures: what models are asked, and how.",
    "ops": "For operators: their tokens carry scopes.",
    "health": "For whoever operates the service; unsigned.",
}

STREAM = """
Server-sent events. First `retry: 1000` and the comment `: cursor N` with the cursor that was
understood; then every event after it, once, in order, without a gap. `: caught-up N` stands where
the stream first reaches the head, `: ping` after 15 s of silence. `id:` is the event's `seq` and
stands on the last part of an event only, so that a stream that is cut inside an event repeats it.

In the format `ai-sdk` each `data:` is a `StreamPart` or, after the end of the run, `[DONE]`. In the
format `native` it is a `NativeStreamEvent`, with the event's type as `event:`, and the stream ends
after `run.finished`. A stream that ends otherwise goes on from `Last-Event-ID`.
"""

PATH = {
    "run_id": "The run.",
    "thread_id": "The thread.",
}

HEADERS_IN = {
    "X-Request-Id": "Names the request, if it is an identifier; else one is made.",
    "traceparent": "W3C Trace Context: kept with what the request causes, sent on to models and "
    "tools.",
    "tracestate": "Goes along with `traceparent`.",
    "Last-Event-ID": "Goes on after this seq; another spelling of `cursor`, and must not differ "
    "from it.",
}

HEADERS_OUT = {
    "X-Request-Id": "The request's name: the one that was sent, or the one that was made.",
    "Retry-After": "Seconds after which the same request may succeed.",
    "Allow": "The methods that the route has.",
    "X-OA-RUN-ID": "The run that is streamed.",
    "Cache-Control": "A stream is not to be kept or changed on its way.",
    "X-Accel-Buffering": "A stream is not to be held back by a proxy.",
    "x-vercel-ai-ui-message-stream": "The version of the stream's protocol.",
}

SECURITY = {
    "signature": (
        "X-OA-RUNTIME-SIGNATURE",
        "The token: `v1.P.S`, P the claims as base64url, S their HMAC-SHA256. It holds for one "
        "request, once, for at most 300 s.",
    ),
    "keyId": (
        "X-OA-RUNTIME-KEY-ID",
        "Which key of the ring has signed; without it all are tried.",
    ),
    "user": ("X-OA-USER-ID", "The user that the request speaks for, a whole number."),
    "guest": (
        "X-OA-GUEST-SCOPE",
        "The guest that it speaks for instead, 1 to 200 printable ASCII characters.",
    ),
}
