"""Which part of a conversation a prompt shows: the newest, in whole turns, within a budget.

The last message of the user is always there. After it comes what has happened since, then earlier
turns as far as they fit. A call and the answers of its tools stand together or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runtime_app.providers.prompt_budget import cut, message_tokens
from runtime_app.providers.provider import Message

Group = tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A conversation in two: what is shown, and what is not; both in their order.

    What is too long by itself is shown shortened: the last message of the user, and the answers of
    the tools that were asked last.
    """

    shown: Group
    left_out: Group


def newest(messages: Sequence[Message], most_tokens: int) -> Excerpt:
    """The newest part of `messages` that is within the budget."""
    groups = _groups(messages)
    asked = max((at for at, group in enumerate(groups) if group[0].role == "user"), default=None)
    if asked is None:
        shown = _fitting(groups, most_tokens)
        return Excerpt(_flat(shown), _flat(groups[: len(groups) - len(shown)]))
    since = groups[asked + 1 :]
    question = _shortened(groups[asked], most_tokens // 2 if since else most_tokens)
    room = most_tokens - _tokens(question)
    shown = _fitting(since, room) or _last_shortened(since, room)
    gap = since[: len(since) - len(shown)]
    if gap:
        return Excerpt(_flat([question, *shown]), _flat([*groups[:asked], *gap]))
    turns = _turns(groups[:asked])
    earlier = _fitting(turns, room - sum(map(_tokens, shown)))
    left_out = turns[: len(turns) - len(earlier)]
    return Excerpt(_flat([*earlier, question, *shown]), _flat(left_out))


def _groups(messages: Sequence[Message]) -> list[Group]:
    """Messages that stand together: a call with its tools' answers, all others alone."""
    groups: list[Group] = []
    for message in messages:
        if message.role == "tool" and groups and groups[-1][0].tool_calls:
            groups[-1] = (*groups[-1], message)
        else:
            groups.append((message,))
    return groups


def _turns(groups: Sequence[Group]) -> list[Group]:
    """Groups by turn: each from a message of the user, or from the notes before it, to the next."""
    turns: list[Group] = []
    answered = True
    for group in groups:
        begins = group[0].role in ("user", "system")
        if begins and answered:
            turns.append(group)
        else:
            turns[-1:] = [(*turns[-1], *group)] if turns else [group]
        answered = not begins
    return turns


def _fitting(groups: Sequence[Group], most_tokens: int) -> list[Group]:
    """The last of `groups`, without a gap, that fit."""
    taken = 0
    for group in reversed(groups):
        most_tokens -= _tokens(group)
        if most_tokens < 0:
            break
        taken += 1
    return list(groups[len(groups) - taken :])


def _last_shortened(groups: Sequence[Group], most_tokens: int) -> list[Group]:
    """The last group with its tools' answers made to fit; none, where even the calls do not."""
    if not groups:
        return []
    group = _shortened(groups[-1], most_tokens)
    return [group] if _tokens(group) <= most_tokens else []


def _shortened(group: Group, most_tokens: int) -> Group:
    """The group with its long texts cut, all to one length, so that it is within the budget."""
    if _tokens(group) <= most_tokens:
        return group
    bare = sum(message_tokens(_bare(message)) for message in group)
    texts = sum(not message.tool_calls for message in group)
    each = max(0, most_tokens - bare) // max(1, texts)
    return tuple(
        message if message.tool_calls else replace(message, text=cut(message.text, each))
        for message in group
    )


def _bare(message: Message) -> Message:
    """What of a message cannot be cut."""
    return message if message.tool_calls else replace(message, text="")


def _tokens(group: Group) -> int:
    return sum(map(message_tokens, group))


def _flat(groups: Sequence[Group]) -> Group:
    return tuple(message for group in groups for message in group)
