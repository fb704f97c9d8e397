"""What `doctor` prints, taken apart."""

import re

from tests.cli.conftest import Oa

CHECKS = [
    *("settings", "database", "timeouts", "clock", "rights", "schema"),
    *("listen", "broker", "keys", "anchors", "disk", "provider"),
]
OF_DATABASE = ["timeouts", "clock", "rights", "schema", "listen"]


def verdicts(out: str) -> dict[str, str]:
    return {name: mark for mark, name in re.findall(r"^(ok|FAIL|-) +(\w+)", out, re.MULTILINE)}


def failure(oa: Oa, name: str, **env: str) -> str:
    """What is said of the one check that fails with these settings."""
    done = oa("doctor", **env)
    marks = verdicts(done.out)
    assert (done.code, [each for each in marks if marks[each] == "FAIL"]) == (1, [name]), done.out
    [line] = [line for line in done.out.splitlines() if line.startswith("FAIL")]
    return line
