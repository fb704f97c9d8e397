"""A sanitizer for tests, and what looks like secrets without being any."""

from typing import NoReturn

from runtime_app.sanitizer import PseudonymKeys, Sanitizer

KEYS = "t:a-sanitizer-key-of-the-tests-alone"


def _failed(profile: str) -> NoReturn:
    raise AssertionError(f"the sanitizer failed (profile {profile})")


SANITIZER = Sanitizer(PseudonymKeys.parse(KEYS), _failed)
