"""The settings of requests: how they are bound, and what one may be."""

from runtime_app.config.kinds import flag, seconds, whole
from runtime_app.config.setting import Setting

REQUESTS: tuple[Setting, ...] = (
    Setting(
        "OA_AUTH_REQUIRE_REQUEST_BINDING",
        flag,
        "on",
        "Whether every token must carry htm, htp and bsh. The local stack sets it off.",
    ),
    Setting(
        "OA_MAX_BODY_BYTES",
        whole(1024, 16_777_216),
        "262144",
        "The largest request body, in bytes.",
    ),
    Setting(
        "OA_BODY_WITHIN_S",
        seconds(0.1, 60),
        "10",
        "How long a request body may take to come, all of it.",
    ),
    Setting(
        "OA_MAX_FAILED_SIGNATURES",
        whole(1, 1_000_000),
        "50",
        "Failed signatures of one address in a minute, as each web process counts; more are 429.",
    ),
)
