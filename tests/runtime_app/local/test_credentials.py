"""Secrets are made once, kept privately, and never shown."""

import json
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from runtime_app.local.credentials import first_key, load_or_make
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home


def test_they_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path):
    home = Home(tmp_path)
    made = load_or_make(home)

    assert load_or_make(home) == made
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o600
    assert len(made.signing_key) >= 43
    assert made.signing_key not in repr(made)
    assert made != load_or_make(Home(_folder(tmp_path / "other")))


def test_a_file_of_an_earlier_release_gets_what_it_lacks_and_keeps_the_rest(tmp_path: Path):
    home = Home(tmp_path)
    made = load_or_make(home)
    content = json.loads(home.secrets.read_text())
    lacking = ("database_app_password", "sanitizer_key", "flower_cookie_secret")
    for name in lacking:
        del content[name]
    home.secrets.write_text(json.dumps(content))

    mended = load_or_make(home)

    assert mended.database_app_password not in ("", made.database_app_password)
    assert len(mended.sanitizer_key) >= 32
    assert len(mended.flower_cookie_secret) >= 32
    assert {**asdict(mended), **{name: asdict(made)[name] for name in lacking}} == asdict(made)
    assert load_or_make(home) == mended
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"signing_key": "x"}'])
def test_a_damaged_file_is_said_to_be_one_and_left_alone(tmp_path: Path, text: str):
    home = Home(tmp_path)
    home.secrets.write_text(text)

    with pytest.raises(StackError, match=r"secrets\.json cannot be read"):
        load_or_make(home)
    assert home.secrets.read_text() == text


@pytest.mark.parametrize(
    ("ring", "expected"),
    [
        ("a:s", ("a", "s")),
        ("a:s:ops:read", ("a", "s")),
        (" a:s , b:t", ("a", "s")),
    ],
)
def test_the_first_key_of_a_ring_signs(ring: str, expected: tuple[str, str]):
    assert first_key(ring) == expected


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
