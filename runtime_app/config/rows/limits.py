"""The settings that are limits: caps of a run, what may be open, who is at work at once."""

from runtime_app.config.kinds import seconds, whole
from runtime_app.config.setting import Setting

LIMITS: tuple[Setting, ...] = (
    Setting("OA_CAP_STEPS", whole(1, 10_000), "32", "Most steps of a run."),
    Setting("OA_CAP_WALL_CLOCK_S", whole(1, 86_400), "900", "Most active seconds of a run."),
    Setting("OA_CAP_TOKENS", whole(1, 1_000_000_000), "400000", "Most tokens of a run."),
    Setting("OA_CAP_MODEL_CALLS", whole(1, 10_000), "48", "Most model calls of a run."),
    Setting("OA_CAP_TOOL_CALLS", whole(1, 10_000), "96", "Most tool calls of a run."),
    Setting("OA_MAX_RUNS_PER_OWNER", whole(1, 1_000_000), "1000", "Live runs of one owner."),
    Setting("OA_MAX_WAITING_PER_THREAD", whole(0, 1000), "5", "Runs of a thread that wait."),
    Setting("OA_MAX_FRAMES_PER_S", whole(1, 10_000), "20", "New frames of one run in a second."),
    Setting(
        "OA_MAX_STREAMS_PER_RUN",
        whole(1, 100_000),
        "1000",
        "Open streams of one run, in one web process.",
    ),
    Setting(
        "OA_MAX_STREAMS_PER_OWNER",
        whole(1, 100_000),
        "1000",
        "Open streams to one owner, in one web process.",
    ),
    Setting(
        "OA_MAX_STREAMS_PER_PROCESS",
        whole(1, 100_000),
        "5000",
        "Open streams of one web process.",
    ),
    Setting(
        "OA_STREAM_STALL_S",
        seconds(1, 3600),
        "60",
        "How long a stream's client may take nothing of what it is sent; then it is let go.",
    ),
    Setting("OA_MAX_TOOL_TASKS_PER_RUN", whole(1, 10_000), "64", "Open tool tasks of one run."),
    Setting("OA_MAX_TOOL_TASKS", whole(1, 1_000_000), "2000", "Open tool tasks in all."),
    Setting(
        "OA_CLIENT_TOOL_TIMEOUT_S",
        whole(1, 86_400),
        "900",
        "How long a call of a client-side tool waits for its answer, unless its declaration says.",
    ),
    Setting("OA_SLOTS_PER_THREAD", whole(1, 1000), "1", "Runs of one thread at work at once."),
    Setting("OA_SLOTS_PER_OWNER", whole(1, 1000), "8", "Runs of one owner at work at once."),
    Setting("OA_SLOTS_PER_AUTOPILOT", whole(1, 1000), "16", "Runs of one autopilot at work."),
    Setting(
        "OA_SLOTS_PER_PROVIDER",
        whole(1, 100_000),
        "256",
        "Runs of one provider's models at work at once, over all processes.",
    ),
)
