"""Where the results of benchmarks are kept, bench by bench: `results/latest.json` and its plot."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from bench.harness import Figure

RESULTS = Path(__file__).parent / "results"
#: Where the plot's line is, and where its widest bar ends.
_LINE, _WIDEST = 840, 1040


class Results:
    """The newest figures of each bench; what is told is on disk at once.

    Args:
        order: the benches that there are, as they shall stand.
        facts: the machine, as `harness.machine` gives it.
    """

    def __init__(self, order: Sequence[str], facts: Mapping[str, str], folder: Path = RESULTS):
        self._order = {name: place for place, name in enumerate(order)}
        self._facts = facts
        self._folder = folder

    @property
    def path(self) -> Path:
        return self._folder / "latest.json"

    def tell(self, bench: str, figures: Sequence[Figure], took_s: float) -> None:
        """The figures of a bench, in the place of those that it had."""
        kept = self._kept()
        about = {"at": self._facts["at"], "revision": self._facts["revision"]}
        kept["benches"][bench] = {**about, "took_s": round(took_s, 1)}
        kept["figures"] = [row for row in kept["figures"] if row["bench"] != bench]
        kept["figures"] += [asdict(figure) for figure in figures]
        self._write(kept)

    def tell_failed(self, bench: str, why: str) -> None:
        """A bench has no figures; those that it had before stay, and say so."""
        kept = self._kept()
        kept["benches"].setdefault(bench, {})["failed"] = f"{self._facts['at']}: {why}"
        self._write(kept)

    def _kept(self) -> dict[str, Any]:
        kept = json.loads(self.path.read_text()) if self.path.exists() else {}
        known = kept.get("benches", {})
        return {
            "machine": dict(self._facts),
            "benches": {name: about for name, about in known.items() if name in self._order},
            "figures": [row for row in kept.get("figures", ()) if row["bench"] in self._order],
        }

    def _write(self, kept: dict[str, Any]) -> None:
        kept["figures"].sort(key=lambda row: self._order[row["bench"]])
        kept["benches"] = dict(sorted(kept["benches"].items(), key=lambda e: self._order[e[0]]))
        self._folder.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(kept, indent=1) + "\n")
        (self._folder / "latest.svg").write_text(plot(kept["figures"]))


def plot(rows: Sequence[Mapping[str, Any]]) -> str:
    """Each figure with a target as a bar: the share of the target that was used or reached."""
    aimed = [row for row in rows if row["target"]]
    height = 26 * len(aimed)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDEST + 20}" height="{height + 40}" '
        'font-family="sans-serif" font-size="12">',
        '<text x="10" y="18">figure, as a share of its target (the line)</text>',
        f'<line x1="{_LINE}" x2="{_LINE}" y1="26" y2="{height + 34}" stroke="#888"/>',
    ]
    for index, row in enumerate(aimed):
        sign, _, limit = row["target"].partition(" ")
        share = max(0.0, min(2.0, row["value"] / float(limit)))
        y = 30 + 26 * index
        colour = "#2a7" if row["met"] else "#c43"
        label = f"{row['bench']}: {row['name']} = {row['value']} {row['unit']} ({sign} {limit})"
        lines.append(
            f'<rect x="640" y="{y}" width="{200 * share:.0f}" height="16" fill="{colour}"/>'
        )
        lines.append(f'<text x="10" y="{y + 13}">{escape(label)}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"
