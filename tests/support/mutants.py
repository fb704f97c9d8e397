"""NetworkPolicies with one thing less, or one thing wider: `mutants(policy)`."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.support.network_policy import EGRESS, INGRESS, Policy

_END = {"ingress": "from", "egress": "to"}
Mutant = tuple[str, Policy | None]


def mutants(policy: Policy) -> Iterator[Mutant]:
    """What was done, and the policy as it then is; None where it is gone."""
    yield "removed", None
    for way in ("ingress", "egress"):
        for number, rule in enumerate(policy["spec"].get(way, ())):
            yield from _rule(policy, way, number, rule)
    for label in policy["spec"]["podSelector"].get("matchLabels", ()):
        path = ("podSelector", "matchLabels", label)
        yield f"selects pods whatever their {label}", _without(policy, path)
    for way in (INGRESS, EGRESS):
        left = [one for one in policy["spec"]["policyTypes"] if one != way]
        if policy["spec"].get(way.lower()) and left:
            yield f"says nothing of {way}", _with(policy, ("policyTypes",), left)


def _rule(policy: Policy, way: str, number: int, rule: dict[str, Any]) -> Iterator[Mutant]:
    at, end = (way, number), _END[way]
    yield f"{at} removed", _without(policy, at)
    yield f"{at} for everybody", _without(policy, (*at, end))
    yield f"{at} at every port", _without(policy, (*at, "ports"))
    for place, port in enumerate(rule["ports"]):
        yield f"{at} without port {port}", _without(policy, (*at, "ports", place))
        wider = {**port, "endPort": 65_535}
        yield f"{at} from {port} upwards", _with(policy, (*at, "ports", place), wider)
    for place, peer in enumerate(rule[end]):
        here = (*at, end, place)
        if len(rule[end]) > 1:
            yield f"{here} removed", _without(policy, here)
        for selector in ("namespaceSelector", "podSelector"):
            if selector in peer:
                yield from _selector(policy, (*here, selector), peer[selector], len(peer) > 1)
        if "ipBlock" in peer:
            yield from _block(policy, (*here, "ipBlock"), peer["ipBlock"])


def _selector(
    policy: Policy, at: tuple[Any, ...], selector: dict[str, Any], not_alone: bool
) -> Iterator[Mutant]:
    if not_alone:
        yield f"{at} removed", _without(policy, at)
    yield f"{at} takes all", _with(policy, at, {})
    for label in selector["matchLabels"]:
        yield f"{at} whatever the {label}", _without(policy, (*at, "matchLabels", label))


def _block(policy: Policy, at: tuple[Any, ...], block: dict[str, Any]) -> Iterator[Mutant]:
    everywhere = "::/0" if ":" in block["cidr"] else "0.0.0.0/0"
    if block["cidr"] != everywhere:
        yield f"{at} is {everywhere}", _with(policy, (*at, "cidr"), everywhere)
    for place, network in enumerate(block.get("except", ())):
        yield f"{at} with {network}", _without(policy, (*at, "except", place))


def _with(policy: Policy, at: tuple[Any, ...], value: Any) -> Policy:
    changed = deepcopy(dict(policy))
    into = changed["spec"]
    for step in at[:-1]:
        into = into[step]
    into[at[-1]] = value
    return changed


def _without(policy: Policy, at: tuple[Any, ...]) -> Policy:
    changed = deepcopy(dict(policy))
    into = changed["spec"]
    for step in at[:-1]:
        into = into[step]
    del into[at[-1]]
    return changed
