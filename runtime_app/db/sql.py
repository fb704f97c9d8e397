"""Named queries from the `.sql` file beside a module.

A query begins with `-- name: verb_noun :kind`; kind is `one` (a row or nothing), `all` (a list) or
`none` (nothing comes back). Parameters are psycopg2's `%(name)s`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_HEADER = re.compile(r"^-- name: (\w+) :(one|all|none)\s*$", re.MULTILINE)

_ALMOST = re.compile(r"^\s*--\s*name\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Query:
    """A named statement: `text` with `%(name)s` parameters, and what it returns."""

    name: str
    kind: str
    text: str


class Queries(Mapping[str, Query]):
    """The queries of one file; a name that is not there fails where it is asked for, at import."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queries = dict(_parse(path))

    def __getitem__(self, name: str) -> Query:
        try:
            return self._queries[name]
        except KeyError:
            raise KeyError(f"{self._path.name} has no query {name!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)


def beside(module_file: str, name: str = "queries.sql") -> Queries:
    """The queries of the file `name` in the folder of `module_file`.

    Raises:
        ValueError: a name stands twice, or text stands before the first name.
    """
    return Queries(Path(module_file).with_name(name))


def _parse(path: Path) -> Iterator[tuple[str, Query]]:
    text = path.read_text(encoding="utf-8")
    heads = list(_HEADER.finditer(text))
    if len(heads) != len(_ALMOST.findall(text)):
        raise ValueError(f"{path}: a '-- name:' line is not of the form '-- name: verb_noun :kind'")
    before = text[: heads[0].start()] if heads else text
    if any(line.strip() and not line.startswith("--") for line in before.splitlines()):
        raise ValueError(f"{path}: a statement stands before the first '-- name:'")
    seen: set[str] = set()
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        name, kind = head.groups()
        if name in seen:
            raise ValueError(f"{path}: query {name!r} stands twice")
        seen.add(name)
        yield name, Query(name, kind, text[head.end() : end].strip().rstrip(";"))
