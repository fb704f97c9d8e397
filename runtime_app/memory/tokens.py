"""Tokens as memory counts them: an estimate, and called so."""

ESTIMATE = "est.v1"


def estimated(text: str) -> int:
    """A quarter of the bytes of its UTF-8, rounded up."""
    return -(-len(text.encode()) // 4)
