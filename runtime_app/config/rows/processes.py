"""The settings of a process: whose it is, and how one sees that it is well."""

from runtime_app.config.kinds import operator, seconds, text
from runtime_app.config.setting import Setting

PROCESSES: tuple[Setting, ...] = (
    Setting(
        "OA_OPERATOR",
        operator,
        "",
        "Who you are, for acts on the command line. Default on the local stack: your login name.",
    ),
    Setting("OA_ROLE", text, "", "The name of this process's role in logs and leases."),
    Setting(
        "OA_HAIL_EVERY_S",
        seconds(0.1, 600),
        "15",
        "How often a worker sends itself a message, to see whether it hears.",
    ),
    Setting(
        "OA_DEAF_AFTER_S",
        seconds(1, 3600),
        "60",
        "How long a worker may hear none of them before it counts as deaf.",
    ),
    Setting(
        "OA_HEALTH_FILE",
        text,
        "",
        "A file that a worker touches as often as it hears; `oa-runtime probe worker` looks at it.",
    ),
    Setting("OA_READY_FILE", text, "", "A file that a worker makes once it consumes its queues."),
)
