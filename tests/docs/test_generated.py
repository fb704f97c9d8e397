"""The printed pages are what their tables say, and the printer covers every table."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from docs import generate
from runtime_app.config import SETTINGS
from runtime_app.events.catalog import CATALOG
from runtime_app.executor.decide import RULES
from tests.docs.markdown import PROJECT, document

_ENVIRONMENT_NAME = re.compile(r'"((?:OA_|OPENAI_|ANTHROPIC_|FLOWER_)[A-Z_]+|DATABASE_URL)"')


def _sources() -> list[Path]:
    return [path for room in ("runtime_app", "tasks", "web") for path in _python(PROJECT / room)]


def _python(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def test_the_printed_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_page_that_was_edited_by_hand_or_lost_is_stale(tmp_path: Path) -> None:
    for name in generate.PAGES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / "docs" / name, tmp_path / name)
    assert generate.stale(tmp_path) == []
    (tmp_path / "EVENTS.md").unlink()
    with (tmp_path / "ERRORS.md").open("a") as page:
        page.write("a line of mine\n")
    assert generate.stale(tmp_path) == ["EVENTS.md", "ERRORS.md"]


def test_the_printer_takes_check_and_nothing_else() -> None:
    assert generate.main(["--chek"]) == 2


def test_every_event_type_has_a_row_with_its_fields_and_jobs() -> None:
    rows = {row[0]: row for row in document("docs/EVENTS.md").rows("type")}
    assert set(rows) == {f"`{name}`" for name in CATALOG}
    for name, spec in CATALOG.items():
        row = rows[f"`{name}`"]
        assert re.findall(r"`(\w+)`", row[3]) == list(spec.fields)
        assert re.findall(r"`([\w.]+)`", row[4]) == [job.kind for job in spec.wakes]


def test_every_rule_of_the_executor_has_a_row_in_its_place() -> None:
    rows = document("docs/DECISIONS.md").rows("")
    assert [row[1] for row in rows] == [rule.name for rule in RULES]


def test_every_state_machine_of_the_core_is_drawn() -> None:
    literals = sum(
        len(re.findall(r"^\w+ = Machine\(", path.read_text(), re.MULTILINE)) for path in _sources()
    )
    drawings = document("docs/STATE_MACHINES.md").blocks("mermaid")
    assert len(generate.MACHINES) == literals
    assert drawings == [machine.to_mermaid() + "\n" for machine in generate.MACHINES]


def test_every_setting_and_every_environment_name_that_the_code_knows_is_documented() -> None:
    page = document("docs/SETTINGS.md").text
    read = {name for path in _sources() for name in _ENVIRONMENT_NAME.findall(path.read_text())}
    known = read | {setting.name for setting in SETTINGS}
    assert {name for name in known if f"| `{name}` |" not in page} == set()


def test_no_default_of_a_secret_is_printed() -> None:
    secrets = {f"`{setting.name}`" for setting in SETTINGS if setting.secret}
    rows = [row for row in document("docs/SETTINGS.md").rows("setting") if row[0] in secrets]
    assert len(rows) == len(secrets)
    assert all(row[1] in ("", "required") and row[3].endswith("Secret.") for row in rows)
