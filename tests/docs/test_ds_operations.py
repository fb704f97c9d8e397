"""What DS_OPERATIONS.md and DS_RUNTIME_CONTRACT.md say that a command prints, it prints."""

import re
from contextlib import redirect_stdout
from io import StringIO

from runtime_app.cli.ds_pointers import _show
from runtime_app.ds.catalog import signature
from runtime_app.ds.pointers import Pointer
from runtime_app.ds.receipt import ERROR_CLASSES
from runtime_app.ds.strategies import STRATEGIES
from tests.docs.markdown import document

OPERATIONS = document("docs/DS_OPERATIONS.md")
CONTRACT = document("docs/DS_RUNTIME_CONTRACT.md")


def test_the_pointer_that_is_shown_is_what_nobody_has_changed() -> None:
    shown = re.search(
        r"<!-- output of: ds pointer (\S+) -->\n```text\n(.*?)```", OPERATIONS.text, re.S
    )
    assert shown is not None
    found = signature(shown[1])
    with redirect_stdout(StringIO()) as printed:
        _show(Pointer(found.id, 0, found.compiled_id), as_json=False)
    assert printed.getvalue() == shown[2]


def test_the_reasons_that_an_operator_looks_up_are_reasons() -> None:
    told = {row[0].strip("`") for row in OPERATIONS.rows("a prediction is")}
    assert told <= set(ERROR_CLASSES)


def test_the_strategies_are_told_and_no_others() -> None:
    assert {row[0].strip("`") for row in CONTRACT.rows("strategy")} == set(STRATEGIES)
