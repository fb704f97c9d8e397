"""What tools there are, written down for processes that have none."""

import logging
import time
from typing import Any

from runtime_app.backoff import exponential_s
from runtime_app.canonical import canonical
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.errors import Unavailable
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import ToolSpec

_SQL = beside(__file__)
_log = logging.getLogger(__name__)


def keep(db: Database, registry: Registry, code_version: str) -> None:
    """Write down the tools of this process as the newest; waits for a database that is away.

    Effects:
        tool_listings.
    """
    tools = (registry.get(name) for name in sorted(registry.names))
    content = canonical([_entry(tool.spec) for tool in tools if tool is not None])
    attempt = 0
    while True:
        try:
            db.execute(_SQL["keep_listing"], content=content, code_version=code_version)
        except Unavailable as error:
            _log.warning("the tools are not listed yet: %s", error)
            time.sleep(exponential_s(attempt, base_s=0.5, cap_s=30))
            attempt += 1
        else:
            return


def _entry(spec: ToolSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "description": spec.description,
        "parameters": spec.parameters,
        "output": spec.output,
        "timeoutS": spec.timeout_s,
        "idempotent": spec.idempotent,
        "writes": spec.writes,
    }
