"""The chart as Helm renders it: `with rendering() as chart: chart.render(values_of("prod"))`.

Helm's library is a Go runtime with threads of its own, so it runs in a process of its own.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import yaml

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "helm" / "openagents-runtime"
VALUES = ("dev", "staging", "prod")
RELEASE, NAMESPACE = "oa", "runtime"
DIGEST = "sha256:" + "0123456789abcdef" * 4

Document = dict[str, Any]


class Refused(Exception):
    """What Helm says of values or a template that it does not take."""


class Chart:
    """The chart in another process."""

    def __init__(self, asked: IO[str], answered: IO[str]) -> None:
        self._asked, self._answered = asked, answered

    def text(self, values: Mapping[str, Any], name: str = RELEASE) -> dict[str, str]:
        """The text that each template becomes.

        Raises:
            Refused: by the schema of the values, or by a template.
        """
        found: dict[str, str] = self._ask("render", values, name)
        prefix = f"{FOLDER.name}/templates/"
        return {path.removeprefix(prefix): text for path, text in sorted(found.items())}

    def render(self, values: Mapping[str, Any], name: str = RELEASE) -> list[Document]:
        """The documents that the templates become.

        Raises:
            Refused: by the schema of the values, or by a template.
        """
        texts = self.text(values, name)
        return [
            document
            for path, text in texts.items()
            if path.endswith(".yaml")
            for document in yaml.safe_load_all(text)
            if document is not None
        ]

    def lint(self, values: Mapping[str, Any]) -> list[str]:
        """What a strict lint says, but for the advice to draw an icon."""
        report = self._ask("lint", values, "")
        said = [one["error"] for one in report["messages"]] + report["errors"]
        return [one for one in said if one != "icon is recommended"]

    def _ask(self, act: str, values: Mapping[str, Any], name: str) -> Any:
        self._asked.write(json.dumps([act, values, name]) + "\n")
        self._asked.flush()
        answer, refusal = json.loads(self._answered.readline())
        if refusal is not None:
            raise Refused(refusal)
        return answer


@contextmanager
def rendering() -> Iterator[Chart]:
    """The chart, for as long as its process runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.chart"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Chart(process.stdin, process.stdout)
        process.stdin.close()


def values_of(name: str) -> Document:
    """The values of one of the chart's files; where it wants a digest, with one."""
    values: Document = yaml.safe_load((FOLDER / f"values-{name}.yaml").read_text("utf-8"))
    if values["image"].get("requireDigest"):
        values["image"]["digest"] = DIGEST
    return values


def defaults() -> Document:
    """The values that hold where none are given."""
    found: Document = yaml.safe_load((FOLDER / "values.yaml").read_text("utf-8"))
    return found


def _answer(chart: Any, helm: Any, act: str, values: Document, name: str) -> Any:
    if act == "lint":
        return helm.lint(FOLDER, values, strict=True)
    return chart.render(values, name=name, namespace=NAMESPACE)


def _serve() -> None:
    import helm_python as helm

    with helm.Chart.load(FOLDER) as chart:
        for line in sys.stdin:
            try:
                said = [_answer(chart, helm, *json.loads(line)), None]
            except helm.HelmError as refusal:
                said = [None, str(refusal)]
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _serve()
