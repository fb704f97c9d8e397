"""The way through a JSON value, key by key."""

from collections.abc import Callable
from typing import Any

from runtime_app.sanitizer.concealment import conceal, conceal_personal
from runtime_app.sanitizer.engine import raw
from runtime_app.sanitizer.headers import is_headers_key, is_secret_header
from runtime_app.sanitizer.json_types import as_json
from runtime_app.sanitizer.keys import PseudonymKey
from runtime_app.sanitizer.limits import MAX_DEPTH, MAX_NODES, Budget, TooManyNodes, oversize_value
from runtime_app.sanitizer.looks import like_token
from runtime_app.sanitizer.marker import unmarked
from runtime_app.sanitizer.names import Promise, promise
from runtime_app.sanitizer.personal import personal_key
from runtime_app.sanitizer.profile import Profile
from runtime_app.sanitizer.redaction import redact
from runtime_app.sanitizer.structure import Format, Structure, below, has_format


class Walk:
    """One walk through one value. What is unchanged is given back as the same object."""

    def __init__(self, key: PseudonymKey, profile: Profile, structure: Structure | None) -> None:
        self._key = key
        self._profile = profile
        self._tree = None if structure is None else structure.tree
        self._nodes_left = MAX_NODES
        self._budget = Budget()

    def root(self, value: Any, *, headers: bool = False) -> Any:
        """The whole value. Of one with too many nodes the children that are too large go."""
        by_name = is_secret_header if headers else is_secret_name
        return self._any(value, self._tree, 0, by_name)

    def _any(self, value: Any, node: Any, depth: int, by_name: Callable[[str], bool]) -> Any:
        self._nodes_left -= 1
        if self._nodes_left < 0:
            raise TooManyNodes
        if isinstance(value, str):
            return self._text(value, node)
        if value is None or isinstance(value, bool | int | float):
            return value
        if not isinstance(value, dict | list | tuple):
            return self._any(as_json(value), node, depth, by_name)
        if depth >= MAX_DEPTH:
            return oversize_value(value)
        if isinstance(value, dict):
            return self._object(value, node, depth, by_name)
        return self._list(value, node, depth, by_name)

    def _text(self, text: str, node: Any) -> str:
        if isinstance(node, Format) and has_format(text, node):
            if node is not Format.ID:
                return text
            return redact(text, Profile.SECRETS, self._key, self._budget)
        return redact(text, self._profile, self._key, self._budget)

    def _object(
        self, value: dict[Any, Any], node: Any, depth: int, by_name: Callable[[str], bool]
    ) -> Any:
        named = _name_of(value)
        named = None if named is None else self._key_text(named)
        made: dict[str, Any] = {}
        changed = False
        for given, item in value.items():
            name = given if isinstance(given, str) else str(given)
            key = self._key_text(name)
            says = named if named is not None and given == "value" else key
            clean = self._bounded(item, says, below(node, name), depth, by_name)
            while key in made:
                key += "#"
            made[key] = clean
            changed = changed or clean is not item or key is not given
        return made if changed else value

    def _list(self, value: Any, node: Any, depth: int, by_name: Callable[[str], bool]) -> Any:
        pairs = bool(value) and all(_is_pair(item) for item in value)
        made = []
        for index, item in enumerate(value):
            inner = below(node, str(index))
            if pairs:
                first = self._key_text(item[0])
                second = self._bounded(item[1], first, None, depth + 1, by_name)
                same = first is item[0] and second is item[1] and isinstance(item, list)
                made.append(item if same else [first, second])
            else:
                made.append(self._bounded(item, "", inner, depth, by_name))
        same = isinstance(value, list) and all(
            one is other for one, other in zip(made, value, strict=True)
        )
        return value if same else made

    def _bounded(
        self, item: Any, name: str, node: Any, depth: int, by_name: Callable[[str], bool]
    ) -> Any:
        """One child; directly below the root, one with too many nodes is replaced."""
        left = self._nodes_left
        try:
            return self._named(item, name, node, depth, by_name)
        except TooManyNodes:
            if depth > 0 or left <= 0:
                raise
            self._nodes_left = left - 1
            return oversize_value(item)

    def _named(
        self, item: Any, name: str, node: Any, depth: int, by_name: Callable[[str], bool]
    ) -> Any:
        """A value below a key of that name; what was taken out of the name promises nothing."""
        name = unmarked(name)
        structural = isinstance(node, Format) and has_format(item, node)
        if name and not structural:
            if by_name(name):
                return conceal(item, self._key, depth)
            if isinstance(item, str) and promise(name) is Promise.PERHAPS and like_token(raw(item)):
                return conceal(item, self._key, depth)
            if self._profile is Profile.PRIVATE and (kind := personal_key(name)) is not None:
                item = conceal_personal(item, kind, self._key)
            if is_headers_key(name):
                return self._headers(item, node, depth)
        return self._any(item, node, depth + 1, by_name)

    def _key_text(self, name: str) -> str:
        return redact(name, self._profile, self._key, self._budget)

    def _headers(self, item: Any, node: Any, depth: int) -> Any:
        return self._any(item, node, depth + 1, is_secret_header)


def is_secret_name(name: str) -> bool:
    """Whether all that stands below a key of that name is secret."""
    return promise(name) is Promise.SECRET


def _name_of(value: dict[Any, Any]) -> str | None:
    """The name in `{name, value}`, however it is spelled."""
    if "value" in value:
        for key in ("name", "key", "header"):
            if isinstance(value.get(key), str):
                return str(value[key])
    return None


def _is_pair(item: Any) -> bool:
    return isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[0], str)
