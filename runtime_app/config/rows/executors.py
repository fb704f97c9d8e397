"""The settings of executors: their leases, their drain, their release."""

from runtime_app import __version__
from runtime_app.config.kinds import seconds, text
from runtime_app.config.rows.users import WITH_CHILDREN
from runtime_app.config.setting import Setting

EXECUTORS: tuple[Setting, ...] = (
    Setting("OA_LEASE_TTL_S", seconds(2, 600), "20", "How long a lease lasts without a renewal."),
    Setting("OA_LEASE_HEARTBEAT_S", seconds(0.2, 60), "5", "How often leases are renewed."),
    Setting(
        "OA_DRAIN_S",
        seconds(0, 600),
        "8",
        "How long a model call may go on once its worker is asked to stop.",
    ),
    Setting(
        "OA_CHILD_DRAIN_S",
        seconds(0, 600),
        "30",
        "How long tools and sweeps may go on once their worker is asked to stop; what is not done "
        "by then is killed. Keep it well below the grace of the role.",
        roles=WITH_CHILDREN,
    ),
    Setting("OA_CODE_VERSION", text, __version__, "The release, stored with runs and leases."),
)
