"""The settings of tools."""

from runtime_app.config.kinds import https, names
from runtime_app.config.setting import Setting

TOOLS: tuple[Setting, ...] = (
    Setting(
        "OA_TOOL_PACKS",
        names,
        "core",
        "The packs of tools that are on, comma separated: `core` is calc, clock and http.get. "
        "`github` is github.issue, github.pull_request and github.comment. "
        "The same for every worker.",
    ),
    Setting(
        "OA_GITHUB_API_URL",
        https,
        "https://api.github.com",
        "Where the tools of the pack `github` reach its API; OA_EGRESS_ALLOW must name the host.",
    ),
)
