"""The metrics: one table. Each row counts one thing that `telemetry` tells.

`docs/METRICS.md` is printed from it, and from the gauges. What a row may say is in `metric`.
"""

from runtime_app.observability.metric import Kind, Label, Metric

PREFIX = "oa_"
OTHER = "other"
#: Most series of one metric; what would be more is counted under `other`.
MAX_SERIES = 300
#: The same of a process; nobody has to know the tables to know that they fit.
MAX_SERIES_OF_A_PROCESS = 4000

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_REQUEST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 10.0)
_LONG = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86_400.0)
_CALL = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

_WAIT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_TAKEOVER = (1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 45.0, 60.0, 120.0)

_RUN_END = Label("status", ("completed", "failed", "canceled"))
_ROUTE = Label("route", registry="routes")
_METHOD = Label("method", ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
_STATUS = Label("status_class", ("1xx", "2xx", "3xx", "4xx", "5xx"))
_REASON = Label(
    "reason",
    ("missing", "form", "mac", "claims", "times", "principal", "binding", "nonce", "token"),
)
_LIMIT = Label(
    "limit",
    (
        *("runs_per_owner", "waiting_per_thread", "frames_per_run", "failed_signatures"),
        *("tool_tasks", "tool_tasks_per_run"),
        *("streams_per_run", "streams_per_owner", "streams_per_process"),
    ),
)
_PROVIDER = Label("provider", registry="providers")
_OUTCOME = Label("outcome", registry="model outcomes")
_TOOL = Label("tool", registry="tools")
_OP = Label("op", ("chat", "embed", "pay", "lookup", "fetch", "secrets", "blob"))
_TASK = Label("task", registry="tasks")
_END = Label("end", ("done", "client", "tail", "gone", "slow", "drain", "stale", "error"))
_TOOL_STATE = Label("state", ("succeeded", "failed", "timed_out"))
_ERROR_CLASS = Label(
    "error_class", ("", "tool_error", "timeout", "lost", "expired", "canceled", "internal")
)
# Of what did not come from the server: `pool` when no connection was free, `none` when it was gone.
_SQLSTATE = Label(
    "sqlstate_class",
    (
        *("pool", "none", "08", "0A", "21", "22", "23", "25", "26", "28", "3D", "40", "42"),
        *("53", "54", "55", "57", "58", "XX"),
    ),
)

_C, _H, _G, _L = Kind.COUNTER, Kind.HISTOGRAM, Kind.GAUGE, Kind.LEVEL
# fmt: off
METRICS: tuple[Metric, ...] = (
    # -- at the edge
    Metric("http_requests_total", _C, "http.request", "Requests to signed routes.",
           (_ROUTE, _METHOD, _STATUS), counts=True),
    Metric("http_request_seconds", _H, "http.request", "Seconds until the headers of an answer.",
           (_ROUTE,), _REQUEST),
    Metric("auth_tokens_total", _C, "auth.accepted", "Tokens that held, by the place of their key.",
           (Label("slot", ("current", "previous")),)),
    Metric("auth_rejects_total", _C, "auth.rejected", "Tokens that did not hold.", (_REASON,)),
    Metric("auth_throttled_total", _C, "auth.throttled",
           "Failed signatures past the limit of their address."),
    Metric("admission_rejects_total", _C, "admission.refused", "Requests that a limit refused.",
           (_LIMIT,)),
    # -- runs
    Metric("runs_started_total", _C, "run.started", "Runs accepted.",
           (Label("mode", ("turn", "session", "tool")),)),
    Metric("runs_ended_total", _C, "run.ended", "Runs ended.",
           (_RUN_END, Label("reason_class", registry="reason classes")), counts=True),
    Metric("run_seconds", _H, "run.ended", "Seconds from a run's start to its end.", (_RUN_END,),
           _LONG),
    Metric("frame_wait_seconds", _H, "frame.taken",
           "Seconds from a message's acceptance until a turn took it, a wait for slots included.",
           buckets=_WAIT),
    Metric("step_seconds", _H, "step.ended", "Seconds of a step, its failed model calls included.",
           buckets=_CALL),
    Metric("slots_waited_total", _C, "slots.waited", "Runs that found their slots taken."),
    Metric("model_calls_total", _C, "model.called", "Model calls.", (_PROVIDER, _OUTCOME),
           counts=True),
    Metric("model_call_seconds", _H, "model.called", "Seconds of a model call.", (_PROVIDER,),
           _CALL),
    Metric("model_tokens_total", _C, "model.tokens", "Tokens, as providers count them.",
           (_PROVIDER, Label("kind", ("input", "output")))),
    # -- providers
    Metric("provider_calls_total", _C, "provider.called", "Calls of providers, by their outcome.",
           (_PROVIDER, _OP, Label("outcome", registry="provider outcomes")), counts=True),
    Metric("provider_latency_seconds", _H, "provider.called",
           "Seconds of a call, the wait for a breaker included.", (_PROVIDER, _OP), _CALL),
    Metric("provider_first_token_seconds", _H, "provider.first_token",
           "Seconds until an answer begins.", (_PROVIDER, _OP), _CALL),
    Metric("breaker_transitions_total", _C, "breaker.moved", "Breakers that changed their state.",
           (_PROVIDER, _OP, Label("to", ("closed", "open", "half_open")))),
    Metric("breaker_rejected_total", _C, "breaker.rejected", "Calls that a breaker let not out.",
           (_PROVIDER, _OP)),
    Metric("breaker_probes_total", _C, "breaker.probed", "Probes of half-open breakers.",
           (_PROVIDER, _OP, Label("result", ("ok", "slow", "fault", "none")))),
    Metric("breaker_stale_outcomes_total", _C, "breaker.stale",
           "Outcomes that came after their breaker had changed.", (_PROVIDER, _OP)),
    Metric("bulkhead_full_total", _C, "bulkhead.full",
           "Runs handed on because their process had no place for a call of their provider.",
           (_PROVIDER,)),
    Metric("rate_budget_wait_seconds", _H, "rate_budget.waited",
           "Seconds that calls wait for the budget of a provider that has limits.", (_PROVIDER,),
           _WAIT),
    Metric("retry_budget_empty_total", _C, "retry.refused",
           "Retries that were not made, because there were too many.", (_PROVIDER,)),
    Metric("provider_fallback_total", _C, "provider.fell_back",
           "Calls that were made at another provider.",
           (Label("from", registry="providers"), Label("to", registry="providers"),
            Label("outcome", registry="provider outcomes"))),
    # -- the log
    Metric("append_seconds", _H, "append.ended", "Seconds of the statement of an append.",
           buckets=_FAST),
    Metric("append_events_total", _C, "append.events", "Events appended, by retention class.",
           (Label("class", registry="event classes"),)),
    Metric("append_fenced_total", _C, "append.fenced", "Appends refused.",
           (Label("outcome", ("superseded", "raced", "closed", "missing")),)),
    Metric("batch_runs", _H, "append.batch", "Runs in one commit of the batch writer.",
           buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)),
    Metric("payloads_pruned_total", _C, "payloads.pruned", "Payloads emptied, by retention class.",
           (Label("class", registry="event classes"),)),
    # -- streams
    Metric("streams_open", _G, "stream.opened", "Readers that are connected.",
           until="stream.ended"),
    Metric("stream_first_event_seconds", _H, "stream.first_event",
           "Seconds from a reader's coming to its first event.", buckets=_REQUEST),
    Metric("stream_lag_seconds", _H, "stream.lag",
           "Seconds from the append of an event to its bytes for who waits for them; two clocks.",
           buckets=_FAST),
    Metric("stream_heals_total", _C, "stream.healed",
           "Runs whose readers were told by a re-read what no notification had told them."),
    Metric("listener_up", _L, "listener.changed",
           "Whether notifications arrive: 1, or 0 if they do not in one process of the role.",
           (Label("channel", ("run_events", "run_control", "provider_control")),), least=True),
    Metric("stream_ends_total", _C, "stream.ended", "Readers that are gone, by what ended them.",
           (_END,)),
    Metric("stream_holes_total", _C, "stream.hole",
           "Gaps that a stream or a page of events ended at."),
    Metric("events_unmapped_total", _C, "event.unmapped",
           "Events left out of a stream because they could not be mapped."),
    # -- leases, tools, tasks
    Metric("lease_ops_total", _C, "lease.op", "What executors did with leases.",
           (Label("op", ("acquire", "park", "release")),
            Label("result", ("granted", "held", "expired", "closed", "missing", "parked", "moved",
                             "superseded", "done")))),
    Metric("takeover_seconds", _H, "lease.taken_over",
           "Seconds from the last sign of life of an executor that was lost to its successor.",
           buckets=_TAKEOVER),
    Metric("executor_lost_total", _C, "executor.lost", "Executors declared lost."),
    Metric("tool_wait_seconds", _H, "tool.claimed",
           "Seconds from a tool call to the first claim of its task.", (_TOOL,), _WAIT),
    Metric("tool_cancels_total", _C, "tool.canceled",
           "Tool tasks that the end of their run has cancelled.", (_TOOL,)),
    Metric("tool_tasks_total", _C, "tool.ended", "Tool tasks that have ended otherwise.",
           (_TOOL, _TOOL_STATE, _ERROR_CLASS), counts=True),
    Metric("tool_seconds", _H, "tool.ended", "Seconds of a tool task from its claim.",
           (_TOOL,), _CALL),
    Metric("tasks_total", _C, "task.ended", "Celery tasks.",
           (_TASK, Label("result", ("succeeded", "failed"))), counts=True),
    Metric("task_seconds", _H, "task.ended", "Seconds of a Celery task.", (_TASK,), _CALL),
    Metric("wakeups_dropped_total", _C, "wakeup.dropped", "Messages that the broker did not take.",
           (_TASK,)),
    Metric("beat_runs_total", _C, "beat.ran", "Ticks of periodic jobs, by what came of them.",
           (Label("job", registry="tasks"),
            Label("result", ("succeeded", "failed", "taken", "busy", "ahead")))),
    Metric("sweep_failures_total", _C, "sweep.failed",
           "Rows that a sweep could not see to; the next one finds them again.",
           (Label("sweep", ("janitor", "tools", "client-calls", "slots")),)),
    # -- Postgres
    Metric("db_pool_in_use", _G, "db.checked_out", "Connections of the pools that are taken.",
           until="db.returned"),
    Metric("db_pool_size", _L, "db.pool", "Connections that the pools may have at most."),
    Metric("db_errors_total", _C, "db.failed",
           "Statements that the database did not do, through no fault of a caller.",
           (_SQLSTATE,)),
    # -- integrity
    Metric("integrity_checks_total", _C, "integrity.checked", "Logs checked, by what was found.",
           (Label("result", ("sound", "broken", "unknown")),)),
    Metric("integrity_mismatches_total", _C, "integrity.mismatch",
           "Logs that are not what they were."),
    # -- guards
    Metric("egress_fetches_total", _C, "egress.fetched", "URLs fetched or refused, by outcome.",
           (Label("outcome", registry="egress outcomes"),)),
    Metric("webhook_attempts_total", _C, "webhook.tried", "Attempts to deliver a notice.",
           (Label("result", ("delivered", "failed", "dead")),)),
    Metric("projection_events_total", _C, "projection.applied",
           "Events applied to read models."),
    Metric("projection_cas_lost_total", _C, "projection.overtaken",
           "Batches that another projector had applied first."),
    Metric("projection_deaths_total", _C, "projection.died", "Runs whose projection gave up."),
    Metric("projection_drift_total", _C, "projection.drifted",
           "Read models that differed from the log.",
           (Label("kind", ("missing_row", "extra_row", "content_mismatch", "chain_mismatch")),)),
    Metric("projection_repairs_total", _C, "projection.repaired", "Repairs of read models.",
           (Label("result", ("verified", "failed", "refused")),)),
    Metric("compactions_total", _C, "memory.compacted", "Chunks of memory, made or not.",
           (Label("level", ("1", "2", "3")), Label("result", ("succeeded", "failed")))),
    Metric("predict_total", _C, "prediction.ended", "Predictions that have ended.",
           (Label("status", ("succeeded", "denied", "failed", "canceled", "lost")),
            Label("variant", ("primary", "canary"))), counts=True),
    Metric("predict_seconds", _H, "prediction.ended", "From a prediction's beginning to its end.",
           buckets=_CALL),
    Metric("pointer_changes_total", _C, "pointer.changed", "Changes of which artifact is live.",
           (Label("action", ("canary", "advance", "abort", "auto_abort", "promote",
                             "rollback")),)),
    Metric("sanitizer_failures_total", _C, "sanitizer.failed",
           "Values that the sanitizer dropped because it failed.",
           (Label("profile", ("secrets", "private")),)),
)
# fmt: on
