"""A pack of one tool: how long it takes to read a text."""

from runtime_app.tools.spec import Tool, ToolError, ToolSpec

TEXT = {"type": "string", "maxLength": 20_000}


def reading_time(arguments, context):
    words = arguments["text"].split()
    if not words:
        raise ToolError("there is nothing to read")
    context.check()
    return {"minutes": max(1, round(len(words) / 230))}


SPEC = ToolSpec(
    name="text.reading_time",
    description="How many minutes it takes to read a text.",
    parameters={"type": "object", "properties": {"text": TEXT}, "required": ["text"]},
    output={"type": "object", "required": ["minutes"]},
    timeout_s=5,
    idempotent=True,
)


def pack(kit):
    return [Tool(SPEC, reading_time)]
