"""Write what the chart becomes, to be looked at: `python -m tests.support.chart_golden`."""

import sys
from pathlib import Path

from tests.support.chart import PROJECT, VALUES, Chart, rendering, values_of
from tests.support.reach import Reach, table

GOLDEN = PROJECT / "tests" / "golden" / "helm"


def render_file(name: str) -> Path:
    """Where the manifests of one values file stand."""
    return GOLDEN / f"{name}.yaml"


def render(chart: Chart, name: str) -> str:
    """All manifests of one values file, template by template."""
    texts = chart.text(values_of(name))
    return "".join(f"# {path}\n{text.strip()}\n\n" for path, text in texts.items() if text.strip())


def reach_file(name: str) -> Path:
    """Where it stands who reaches whom, by the policies of one values file."""
    return GOLDEN / f"{name}-reach.txt"


def main() -> None:
    """Write every file."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    with rendering() as chart:
        for name in VALUES:
            render_file(name).write_text(render(chart, name), encoding="utf-8")
            matrix = table(Reach.of(chart, values_of(name)))
            reach_file(name).write_text(matrix, encoding="utf-8")
            sys.stdout.write(f"written: {name}, and who reaches whom\n")


if __name__ == "__main__":
    main()
