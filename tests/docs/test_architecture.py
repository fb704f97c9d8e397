"""ARCHITECTURE.md agrees with the import contracts and with the sweeps."""

import configparser
import re

from runtime_app import maintenance
from tests.docs.markdown import PROJECT, document

PAGE = document("docs/ARCHITECTURE.md")


def test_the_floors_are_those_of_the_import_contract() -> None:
    parser = configparser.ConfigParser()
    parser.read(PROJECT / "setup.cfg")
    layers = parser["importlinter:contract:floors"]["layers"].strip().splitlines()
    drawing = next(block for block in PAGE.blocks("text") if "__main__" in block)
    floors = re.findall(r"^    (\w+(?: \| \w+)*)", drawing, re.MULTILINE)
    assert floors == [layer.strip() for layer in layers]


def test_the_promises_are_those_that_the_sweeps_state() -> None:
    stated = [line for line in (maintenance.__doc__ or "").splitlines() if line.startswith("|")]
    assert len(stated) > 2
    assert "\n".join(stated) in PAGE.text.replace("|---|---|---|", stated[1])


def test_every_file_in_the_flow_is_there() -> None:
    flow = next(block for block in PAGE.blocks("text") if "a frame comes in" in block)
    named = set(re.findall(r"\b(\w+/\w+(?:/\w+)?)\b", flow))
    missing = {name for name in named if not _file_of(name)}
    assert missing == set()
    assert len(named) > 15


def _file_of(name: str) -> bool:
    roots = (PROJECT, PROJECT / "runtime_app")
    return any((root / f"{name}.py").exists() for root in roots)


def test_every_sweep_named_is_a_module() -> None:
    keepers = {
        row[2] for row in PAGE.rows("promise") if len(row) == 3 and not row[2].startswith("(")
    }
    folder = PROJECT / "runtime_app" / "maintenance"
    assert keepers
    assert all((folder / f"{keeper}.py").exists() for keeper in keepers)
