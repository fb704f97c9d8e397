"""`clock`: what time it is."""

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

from runtime_app.tools.context import ToolContext
from runtime_app.tools.spec import Tool, ToolSpec

SPEC = ToolSpec(
    name="clock",
    description="The current date and time. Give utc_offset_minutes for a local time.",
    parameters={
        "type": "object",
        "properties": {
            "utc_offset_minutes": {"type": "integer", "minimum": -1439, "maximum": 1439}
        },
        "additionalProperties": False,
    },
    timeout_s=5,
    idempotent=True,
)


def tell(arguments: Mapping[str, Any], context: ToolContext) -> dict[str, Any]:
    """The moment of the call: RFC 3339, and the day of the week."""
    offset = timedelta(minutes=arguments.get("utc_offset_minutes", 0))
    local = context.now.astimezone(timezone(offset))
    return {"time": local.isoformat(timespec="seconds"), "weekday": local.strftime("%A")}


TOOL = Tool(SPEC, tell)
