"""Two ideas, two files."""

from statistics import median

from tests.architecture.sources import PRODUCT, REST, files, text

MOST = 300
USUAL = 120


def lengths(*places: str) -> dict[str, int]:
    return {str(path): text(path).count("\n") for path in files(*places)}


def test_no_module_is_longer_than_300_lines():
    assert {path: n for path, n in lengths(*PRODUCT, *REST).items() if n > MOST} == {}


def test_a_module_is_usually_much_shorter():
    assert median(lengths("runtime_app", "tasks", "web").values()) <= USUAL
