"""A tool call that asks others: let out before its cell begins, and counted once that has ended."""

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.resilience.fetch_guard import Fetch, FetchGuard
from runtime_app.tools.cell import Said
from runtime_app.tools.outside import Told
from runtime_app.tools.spec import Tool, ToolError
from runtime_app.tools.task import ClaimedTask
from runtime_app.tools.watch import Stopped


def enter(guard: FetchGuard | None, tool: Tool, task: ClaimedTask) -> Fetch | None:
    """Ask to be let out; None where the tool asks nobody.

    Raises:
        ToolError: its breaker let no call out; the origin was not asked.
    """
    if guard is None or tool.outside is None:
        return None
    host = tool.outside.host(task.arguments)
    if not host:
        return None
    try:
        return guard.enter(host, task.timeout_s)
    except ProviderError as refused:
        raise ToolError(f"{refused.reason_code}: {refused.message}") from refused


def leave(fetch: Fetch | None, tool: Tool, task: ClaimedTask, ended: Said | Stopped) -> None:
    """Say how the call ended, of the one that was let out."""
    if fetch is not None:
        told = _told(tool, task, ended)
        fetch.leave(told.outcome, told.retry_after_s)


def _told(tool: Tool, task: ClaimedTask, ended: Said | Stopped) -> Told:
    assert tool.outside is not None
    if isinstance(ended, Stopped):
        return Told(Outcome.TIMEOUT if ended.given == "time_out" else Outcome.CANCELED)
    if ended.kind == "returned":
        return tool.outside.answered(task.arguments, ended.value)
    if ended.kind == "refused":
        return tool.outside.refused(str(ended.value))
    return Told(Outcome.CANCELED)
