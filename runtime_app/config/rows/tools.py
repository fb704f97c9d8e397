"""The settings of tools."""

from runtime_app.config.kinds import names
from runtime_app.config.setting import Setting

TOOLS: tuple[Setting, ...] = (
    Setting(
        "OA_TOOL_PACKS",
        names,
        "core",
        "The packs of tools that are on, comma separated: `core` is calc, clock and http.get. "
        "The same for every worker.",
    ),
)
