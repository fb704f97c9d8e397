"""The whole of a run's stream, to hold what a reader has got against."""

from tests.conformance.stream_reader import Fault, Run, Subject, followed

NATIVE = "&format=native"
BEGINNING = "&cursor=0"


def ended(subject: Subject) -> Run:
    """A run that has ended."""
    run = subject.begun(subject.model)
    followed(subject, run)
    return run


def replay(subject: Subject, run: Run, query: str = "") -> bytes:
    """The bytes of a run's stream from its beginning to its end."""
    with subject.open(run, BEGINNING + query) as stream:
        return stream.rest()


def same(what: str, found: object, expected: object) -> None:
    """Raise a fault that tells where the two part, if they are not the same."""
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list):
        at = next(
            (n for n, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b),
            min(len(found), len(expected)),
        )
        raise Fault(
            f"{what}: {len(found)} instead of {len(expected)}; number {at} is "
            f"{found[at : at + 1]}, expected {expected[at : at + 1]}"
        )
    raise Fault(f"{what}: {found!r}, expected {expected!r}")
