"""Names and references inside the document."""

from typing import Any


def schema_ref(name: str) -> dict[str, Any]:
    """A reference to a schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def camel(dotted: str) -> str:
    """`model.call_failed` as `ModelCallFailed`, `data-run-limit` as `DataRunLimit`."""
    words = dotted.replace(".", "_").replace("-", "_").split("_")
    return "".join(word[:1].upper() + word[1:] for word in words)
