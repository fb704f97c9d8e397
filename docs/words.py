"""What the printed pages say beside their tables.

A table that grows needs its words here: printing names the key that is missing.
"""

from typing import Any

from runtime_app.events.catalog import Retention
from runtime_app.runs.status import ReasonClass


class Words(dict[Any, str]):
    """Key -> sentence; a key without one is an error that says so."""

    def __missing__(self, key: Any) -> str:
        raise KeyError(f"docs/words.py says nothing of {key!r}")


EVENTS = """
A run's log is a sequence of events, `seq` 1, 2, 3 … without gaps. Every event has a type from this
catalogue, a version of its payload's shape, a time that the database gave it, and its place in the
hash chain ([INTEGRITY.md](INTEGRITY.md)). A payload holds exactly the fields listed; a `?` marks
one that may be missing.

Payloads hold no secrets: the append takes them out before anything is hashed or stored. What is
`id`, `enum` or `time` is left alone where it looks like one; everything else is searched.

*Asks for* names the job that an append of the event causes, after its commit. *In `ai-sdk`* lists
the stream parts that the event may become; an event without any is sent in the `native` format only
([RUNTIME_CONTRACT.md](RUNTIME_CONTRACT.md#the-stream)).
"""

RETENTION = Words(
    {
        Retention.CONTROL: "What the run did. Kept.",
        Retention.RECEIPT: "What was asked of models and tools, and what came of it. Kept.",
        Retention.MESSAGE: "What was said. Kept.",
        Retention.DELTA: "Pieces of a text for readers who watch. The fold never reads one, so its "
        "payload [goes](RETENTION.md) some time after the run's end.",
        Retention.PROGRESS: "Progress of a tool for readers who watch. Goes likewise, and sooner.",
    }
)

STATE_MACHINES = """
A state machine is one literal table: state, input, next state. A move that is not in the table
raises. The diagrams are drawn from the tables. Which move an executor makes is decided by the rules
of [DECISIONS.md](DECISIONS.md).
"""

STATES = {
    "breaker": Words(
        {
            "closed": "Calls go out, and their outcomes are counted.",
            "open": "No call goes out before the open period is over.",
            "half_open": "Three calls at a time go out, to see whether the provider works again.",
        }
    ),
    "run": Words(
        {
            "accepted": "Stored; no executor has begun, or it waits for a slot.",
            "running": "An executor works on it, or is about to.",
            "waiting_tool": "Tool calls have no result yet. No lease, no worker.",
            "waiting_approval": "Somebody must approve. Nothing leads here in this release.",
            "waiting_input": "A session between two turns. No lease, no worker.",
            "canceling": "Cancellation was asked for; the end is being written.",
            "completed": "Answered.",
            "failed": "Ended without an answer; the reason class says why.",
            "canceled": "Ended because it was asked to.",
        }
    ),
    "reservation": Words(
        {
            "none": "No money was ever held for the call.",
            "reserved": "Held on the budget; nobody has been asked to take it.",
            "executing": "Committed before a provider was asked: it may have been paid.",
            "unknown": "Nobody can prove yet whether it was paid; the money stays held.",
            "committed": "Paid, and booked.",
            "released": "Proven not to have been paid; the money is free again.",
        }
    ),
    "tool task": Words(
        {
            "queued": "Stored together with its `tool.call` event.",
            "running": "Claimed by one worker, until its deadline.",
            "streaming": "The same; readers have been shown how far it is.",
            "succeeded": "Has an output.",
            "failed": "Has an error, which the model gets to read.",
            "canceled": "Its run ended first, or it stopped when it was asked to.",
            "timed_out": "Was stopped at its deadline.",
        }
    ),
}

SETTINGS = """
Read once, when a process starts, from its environment. An empty value counts as not given. A
process refuses to start with a missing or wrong setting and names all of them at once;
`oa-runtime doctor` checks them together with what they lead to.

Where a row says for which roles it is, a process of another role (named by `OA_ROLE`) starts
without it. Commands of `oa-runtime` want all that is required; `migrate` wants what its role does.
"""

LOCAL_SETTINGS = """
What `make run` and `oa-runtime up` read beside the above. With `DATABASE_URL` the stack brings no
Postgres of its own, with `OA_BROKER_URL` no broker, and with `OA_SIGNING_KEYS` or
`OA_SANITIZER_KEYS` it makes no such key.
"""

LOCAL = (
    ("OA_HOME", ".local", "The folder that holds everything of one stack."),
    ("OA_PORT", "4000", "Port of the API on 127.0.0.1; 0 takes a free one."),
    (
        "OA_PAGE_PORT",
        "OA_PORT + 1",
        "Port of the chat page on 127.0.0.1; 0 takes a free one, as it does where OA_PORT is 0.",
    ),
    ("OA_FLOWER_PORT", "5555", "Port of Flower on 127.0.0.1; 0 takes a free one."),
    ("OA_OPS_PORT", "0", "Port of web's metrics on 127.0.0.1; 0 takes a free one."),
)

TOLD_SETTINGS = """
What the local stack sets for its own processes. It also sets `OA_AUTH_REQUIRE_REQUEST_BINDING` to
`off` unless it is given, and `OA_DRAIN_S` and `OA_CHILD_DRAIN_S` to 4.
"""

TOLD = (
    ("OA_ENV", "`local`."),
    ("OA_STACK_HOME", "The home, so that a later start finds what an earlier one left running."),
    ("OA_METRICS_PORT", "A port for the metrics of each role."),
    ("PROMETHEUS_MULTIPROC_DIR", "A folder in the home, for roles of several processes."),
    ("FLOWER_BASIC_AUTH", "User and password of Flower."),
    ("FLOWER_COOKIE_SECRET", "What Flower signs its cookies with."),
    ("PYTHONUNBUFFERED", "Logs are written as they come."),
)

COMMANDS = """
What `oa-runtime` does. Without settings a command works on the local stack that is running; with
`DATABASE_URL` and the others of [SETTINGS.md](SETTINGS.md) on yours. Whatever changes something
asks for a `--reason` and is written down ([SECURITY.md](SECURITY.md)). `oa-runtime COMMAND --help`
says what each option takes.
"""

METRICS = """
Every role serves these at `/metrics` on a port of its own (`OA_METRICS_PORT`), never on the one
that callers reach. A role shows what its processes have counted; what it has no part in stays at
nothing. How it is done is in [OBSERVABILITY.md](OBSERVABILITY.md#metrics).

A label has the values listed, or those of a table of this release: its routes, tools, tasks,
providers, reason classes, event classes, outcomes of a model call. Any other value counts as
`other`, so that nobody can make a series by sending something. No metric has more than {most}
series, and no process more than {most_of_a_process}.

`oa_runs_live`, `oa_queue_depth`, `oa_queue_oldest_seconds`, `oa_work_oldest_seconds`,
`oa_quarantine_waiting` and `oa_notify_queue_ratio` are read from Postgres by the web role when it
is scraped, at most every 5 s. They are absent, not 0, when it cannot be asked.
"""

OVERFLOW = "Emissions that were counted under `other`."
BUILD_INFO = "Always 1: which release this is."

ERRORS = """
Every error that is not inside a stream has one shape, whatever the status:

```json
{"error": {"code": "invalid_request", "message": "mode: Must be one of: turn, session.",
           "details": [{"field": "mode", "message": "Must be one of: turn, session."}],
           "requestId": "7c78875e2a3e7763d7518e6c52652fc3"}}
```

`code` is stable, `message` is for people. *Retry* says whether the same request may succeed later;
`Retry-After` is set where the time is known.
"""

EDGE_ERRORS = Words(
    {
        400: "the request cannot be read as HTTP",
        404: "there is no such route",
        405: "the route has no such method; `Allow` lists those it has",
        408: "the body did not come within `OA_BODY_WITHIN_S`; the connection is closed",
        413: "the body is larger than `OA_MAX_BODY_BYTES`",
        414: "the path and query are longer than 4096 bytes",
        415: "the body is not `application/json`",
        431: "the headers are larger than 16384 bytes",
    }
)

CRASH = "a defect; the log has it under the request id"

ENDS = """
`run.finished` carries one of these, and so does `terminal.reasonClass` of the snapshot. The list is
closed: no request can add a class to it.
"""

_LATER = "Not given by this release."

REASONS = Words(
    {
        ReasonClass.COMPLETED: "The turn was answered, or a session was asked to complete.",
        ReasonClass.CANCELED_BY_USER: "It was cancelled.",
        ReasonClass.MAX_STEPS_EXCEEDED: "Cap `steps`.",
        ReasonClass.MAX_WALL_CLOCK_EXCEEDED: "Cap `wall_clock_s`; waiting does not count.",
        ReasonClass.MAX_TOKENS_EXCEEDED: "Cap `tokens`, both directions together.",
        ReasonClass.MAX_MODEL_CALLS_EXCEEDED: "Cap `model_calls`.",
        ReasonClass.MAX_TOOL_CALLS_EXCEEDED: "Cap `tool_calls`: the model asked for more.",
        ReasonClass.LOOP_DETECTED: "The model asked for the same again and learned nothing; "
        "`run.loop_detected` says in which way.",
        ReasonClass.POLICY_BUDGET_EXHAUSTED: _LATER,
        ReasonClass.POLICY_DENIED: _LATER,
        ReasonClass.APPROVAL_DENIED: _LATER,
        ReasonClass.PROVIDER_UNAVAILABLE: "The model call failed for good; the reason says how.",
        ReasonClass.EXECUTOR_RECOVERY_EXHAUSTED: "Its executor was lost three times in a row "
        "without progress.",
        ReasonClass.INTERNAL_ERROR: "A defect of the runtime.",
    }
)

CALL_FAILURES = """
`model.call_failed` carries the outcome of the call as its `kind`. A call is tried again, three
times in all, when its outcome may be retried and readers have seen nothing of the answer. Not every
outcome is one of a model call: `unknown` is of payments only. Where the outcome alone does not say
why, `reason_code` does: `provider_failed.` with `breaker_open`, `throttled`, `rate_budget`,
`retry_budget` or `deadline` ([RESILIENCE.md](RESILIENCE.md)).
"""

DECISIONS = """
What an executor does next is decided by this table alone: the first rule that holds wins, then the
action is performed and the table is read again, until the run parks or ends. `s` is the state, a
fold of the log's events; `m` is the moment, time and release. Both are values: the same log gives
the same decisions.

Cancellation comes first, then recovery, then failures, then work. The last rule always holds, so
every state has exactly one action.
"""

ACTIONS = Words(
    {
        "_park('ended')": "Let go.",
        "cancel": "Open tool calls are answered as canceled; `run.finished` canceled.",
        "give_up": "`run.finished` failed, `executor_recovery_exhausted`.",
        "_resume": "`run.resumed`; then decide again.",
        "_retry": "Wait, then call the model again within the same attempt.",
        "hop": "`policy.decision`, `provider.fallback`, `step.superseded`; then "
        "`step.started` and a call of the other provider's model.",
        "provider_failed": "`run.finished` failed, `provider_unavailable`.",
        "_supersede": "`step.superseded`: what the lost attempt gave no longer counts.",
        "_park('tools')": "Let go until a tool result wakes the run.",
        "cap": "`run.cap_exceeded`, then `run.finished` failed with the cap's reason class.",
        "_infer": "`step.started` and a model call; before it the turn is opened where none is.",
        "loop": "`run.loop_detected` critical, then `run.finished` failed, `loop_detected`.",
        "_warn": "`run.loop_detected` warning; then decide again.",
        "complete": "`run.finished` completed.",
        "_end_turn": "`turn.ended`; the session goes on.",
        "_call_tool": "`run.started`, `step.started` and the call; no model is asked.",
        "_park('input')": "Let go until a frame wakes the run.",
    }
)
