"""Where a number or a word of an identifier may begin and end."""

_EDGE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-+/:")


def alone(data: bytes, start: int, stop: int) -> bool:
    """Whether `start` to `stop` is no part of something longer, such as an id or a path."""
    before, behind = data[max(0, start - 1) : start], data[stop : stop + 2]
    return (not before or before[0] not in _EDGE) and (
        not behind or behind[0] not in _EDGE or (behind[0] in b".:" and not behind[1:].isalnum())
    )
