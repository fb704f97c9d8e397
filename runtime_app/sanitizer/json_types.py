"""What becomes of values that JSON does not know."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


def as_json(value: Any) -> Any:
    """RFC 3339 for a time, decimal text for a decimal; what is unknown is named, not shown."""
    if isinstance(value, datetime):
        at = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return at.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, Enum) and isinstance(value.value, str | int):
        return value.value
    return f"[unserializable:{type(value).__name__}]"
