"""The signatures there are. What stands under an id stays; a new schema or prompt is a new id."""

from collections.abc import Mapping

from runtime_app.ds.shapes import (
    LONG,
    anything,
    choice,
    confidence,
    listing,
    long_text,
    or_nothing,
    record,
    text,
    whole,
    yes_or_no,
)
from runtime_app.ds.signature import Budget, Signature, Strategy
from runtime_app.errors import NotFound

_PREFIX = "@openagents/autopilot/"
_DIRECT = Strategy("direct.v1")

_MESSAGES = listing(
    "The conversation so far, oldest message first.",
    record(
        "One message.",
        role=choice("Who wrote it.", "user", "assistant", "tool"),
        text=text("What it says."),
    ),
    500,
)
_TOOLS = listing(
    "The tools to choose from.",
    record(
        "One tool.",
        name=text("Its name.", 64, least=1),
        description=text("What it does.", 2_000),
        parameters=anything("The JSON Schema of its arguments."),
    ),
    100,
)
_MAPPED = record(
    "What was found in one item.",
    item_index=whole("The place of the item."),
    summary=text("What matters in it.", 4_000),
    signals=listing("Short findings.", text("One finding.", 300)),
    confidence=confidence(),
)

SELECT_TOOL = Signature(
    f"{_PREFIX}blueprint/SelectTool.v1",
    record(
        "A conversation and the tools that may go on with it.",
        messages=_MESSAGES,
        tools=_TOOLS,
        context=text("What else is known of the task; may be empty.", 8_000),
    ),
    record(
        "The tool to call next.",
        tool_name=text("The name of one of the given tools.", 64, least=1),
        arguments=anything("Its arguments, as its own schema asks for them."),
        confidence=confidence(),
    ),
    "Choose the one tool whose call brings the user's request furthest. Use only a tool from the "
    "list, and give arguments that fit its parameters. Take values from the conversation; do not "
    "make any up. When no tool helps, name the closest one with a confidence below 0.2.",
    _DIRECT,
    Budget(calls=1, tokens=4_000, amount_usd_micros=20_000, deadline_s=30),
    max_output_tokens=500,
    checks=("tool_is_given", "arguments_fit_tool"),
)
RECAP_THREAD = Signature(
    f"{_PREFIX}canary/RecapThread.v1",
    record(
        "A thread that somebody comes back to.",
        thread_id=text("The thread.", 200, least=1),
        messages=_MESSAGES,
    ),
    record(
        "Where the thread stands.",
        summary=text("What was asked, done and left open, in a few sentences.", 4_000, least=1),
        action_items=listing("What is still to be done.", text("One thing.", 500), 20),
    ),
    "Tell somebody who comes back to this thread where it stands: what was asked, what has been "
    "done, what is open. State only what the messages say. Put each thing that is still to be done "
    "into action_items, with who does it where that is said.",
    _DIRECT,
    Budget(calls=1, tokens=8_000, amount_usd_micros=40_000, deadline_s=60),
)
SUMMARIZE_THREAD = Signature(
    f"{_PREFIX}rlm/SummarizeThread.v1",
    record(
        "A stretch of a thread that may be too long to be read at once.",
        timeline_window=long_text("The messages as text, one or more lines each."),
        tool_replay=long_text("What tools were called with and gave; may be empty."),
    ),
    record(
        "What the stretch says, with the places that it stands on.",
        summary=text("The summary.", 8_000, least=1),
        citations=listing(
            "Places that were read and that the summary rests on.",
            record(
                "One place.",
                doc=choice("The field that it is in.", "timeline_window", "tool_replay"),
                start=whole("The offset of its first character."),
                end=whole("The offset after its last character."),
                quote=text("What stands there, to the letter.", 500, least=1),
            ),
            20,
        ),
        confidence=confidence(),
    ),
    "Summarize the stretch. Look for decisions, facts, numbers, names and open questions; search "
    "where you have not read. Cite the place of every claim that matters, with its exact words.",
    Strategy("rlm_lite.v1", {"iterations": 8}),
    Budget(calls=8, tokens=40_000, amount_usd_micros=200_000, deadline_s=180),
    max_output_tokens=2_000,
    checks=("citations_were_read",),
)
STRUCTURED_TASK = Signature(
    f"{_PREFIX}workflow/StructuredTask.v1",
    record(
        "A task of a workflow.",
        task=text("What is to be done.", 8_000, least=1),
        context=text("What is known.", 20_000),
        tools=_TOOLS,
    ),
    record(
        "What came of the task.",
        status=choice("How far it is done.", "done", "partial", "blocked"),
        result=text("What was found or made.", 16_000),
        next_actions=listing("What should follow.", text("One thing.", 500), 20),
        confidence=confidence(),
    ),
    "Do the task with what the context says. Say done only when nothing is missing; partial when "
    "something is, and name it in next_actions; blocked when it cannot be begun. The tools are "
    "those that a later step may call: you may propose them in next_actions, not call them.",
    _DIRECT,
    Budget(calls=1, tokens=8_000, amount_usd_micros=40_000, deadline_s=60),
    max_output_tokens=2_000,
)
TIMELINE_MAP_ITEM = Signature(
    f"{_PREFIX}workflow/TimelineMapItem.v1",
    record(
        "One item of a timeline, and what is asked of it.",
        query=text("What is looked for.", 2_000, least=1),
        item=text("The item.", 16_000),
        item_index=whole("Its place in the timeline."),
    ),
    _MAPPED,
    "Read the one item and say what it holds for the query. Give back its item_index as it is. "
    "Each signal is one short finding. An item without anything for the query has no signals.",
    _DIRECT,
    Budget(calls=1, tokens=4_000, amount_usd_micros=20_000, deadline_s=60),
    checks=("item_index_is_given",),
)
TIMELINE_MAP_REDUCE = Signature(
    f"{_PREFIX}workflow/TimelineMapReduce.v1",
    record(
        "What was found in the items of a timeline, and what was asked.",
        query=text("What is looked for.", 2_000, least=1),
        mapped_items={**listing("The findings, by place.", _MAPPED, 5_000), LONG: True},
    ),
    record(
        "The answer over all items.",
        summary=text("The answer to the query.", 8_000, least=1),
        highlights=listing("What matters most.", text("One thing.", 500), 20),
        item_count=whole("How many items the answer is over."),
        confidence=confidence(),
    ),
    "Answer the query from the findings. Name differences between them instead of smoothing them "
    "over. item_count is the number of all findings that were given.",
    Strategy("rlm_lite.v1", {"iterations": 5}),
    Budget(calls=5, tokens=24_000, amount_usd_micros=120_000, deadline_s=120),
    max_output_tokens=2_000,
    checks=("item_count_is_given",),
)
DETECT_UPGRADE = Signature(
    f"{_PREFIX}upgrade/DetectUpgrade.v1",
    record(
        "A conversation, and what the autopilot can do.",
        messages=_MESSAGES,
        capabilities=listing("What it can do now.", text("One capability.", 200), 200),
    ),
    record(
        "Whether the user wants something that the autopilot lacks.",
        requested=yes_or_no("Whether something is wanted that is not among the capabilities."),
        missing_capability=or_nothing(text("What is missing; null where nothing is.", 300)),
        evidence=listing("The user's own words that show it.", text("A quote.", 500), 10),
        confidence=confidence(),
    ),
    "Say whether the user asks for something that none of the capabilities does. Quote the words "
    "that show it. A question about what is possible is no request.",
    _DIRECT,
    Budget(calls=1, tokens=8_000, amount_usd_micros=40_000, deadline_s=60),
    max_output_tokens=500,
)

SIGNATURES: Mapping[str, Signature] = {
    each.id: each
    for each in (
        SELECT_TOOL,
        RECAP_THREAD,
        SUMMARIZE_THREAD,
        STRUCTURED_TASK,
        TIMELINE_MAP_ITEM,
        TIMELINE_MAP_REDUCE,
        DETECT_UPGRADE,
    )
}


def signature(signature_id: str) -> Signature:
    """The signature of this id.

    Raises:
        NotFound: the catalogue has none.
    """
    try:
        return SIGNATURES[signature_id]
    except KeyError:
        known = ", ".join(SIGNATURES)
        raise NotFound(f"there is no signature {signature_id[:200]!r}; there are {known}") from None
