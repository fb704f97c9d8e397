"""The PHP package keeps the house's rules for files: small, strict, one idea each."""

from statistics import median

from tests.architecture.sources import PROJECT
from tests.architecture.test_module_length import MOST, USUAL

PACKAGE = PROJECT / "laravel"
FILES = sorted(path for path in PACKAGE.rglob("*.php") if "vendor" not in path.parts)


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {path.name: path.read_text(encoding="utf-8").count("\n") for path in FILES}
    assert {name: n for name, n in lengths.items() if n > MOST} == {}
    assert median(lengths.values()) <= USUAL


def test_every_file_is_strict_about_types() -> None:
    strict = "\ndeclare(strict_types=1);\n"
    loose = [path.name for path in FILES if strict not in path.read_text(encoding="utf-8")]
    assert loose == []


def test_only_the_configuration_reads_the_environment() -> None:
    readers = [
        str(path.relative_to(PACKAGE))
        for path in (PACKAGE / "src").rglob("*.php")
        if "env(" in path.read_text(encoding="utf-8")
    ]
    assert readers == []
