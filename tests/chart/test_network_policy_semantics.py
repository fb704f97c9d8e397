"""The evaluator says of the examples in Kubernetes' documentation what the documentation says."""

from typing import Any

import pytest
import yaml

from tests.support.network_policy import Cluster, Party

NAMESPACES = {"default": {}, "myproject": {"project": "myproject"}, "other": {"project": "other"}}

DB = Party("db", ("10.1.0.1",), "default", {"role": "db"}, {"redis": 6379})
FRONTEND = Party("frontend", ("10.1.0.2",), "default", {"role": "frontend"})
PLAIN = Party("plain", ("10.1.0.3",), "default")
PROJECT = Party("project", ("10.1.0.4",), "myproject")
PROJECT_FRONTEND = Party("project frontend", ("10.1.0.5",), "myproject", {"role": "frontend"})
ELSEWHERE_FRONTEND = Party("other frontend", ("10.1.0.6",), "other", {"role": "frontend"})
ALLOWED_BLOCK = Party("172.17.0.9", ("172.17.0.9",))
EXCEPTED_BLOCK = Party("172.17.1.9", ("172.17.1.9",))
OUTSIDE_BLOCK = Party("10.0.0.7", ("10.0.0.7",))


def cluster(*documents: str) -> Cluster:
    head: dict[str, Any] = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    policies = [
        {**head, "metadata": {"name": "p", "namespace": "default"}, "spec": yaml.safe_load(one)}
        for one in documents
    ]
    return Cluster(NAMESPACES, policies)


# The documentation's first example, word for word.
TEST_NETWORK_POLICY = """
podSelector: {matchLabels: {role: db}}
policyTypes: [Ingress, Egress]
ingress:
- from:
  - ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}
  - namespaceSelector: {matchLabels: {project: myproject}}
  - podSelector: {matchLabels: {role: frontend}}
  ports: [{protocol: TCP, port: 6379}]
egress:
- to: [{ipBlock: {cidr: 10.0.0.0/24}}]
  ports: [{protocol: TCP, port: 5978}]
"""


@pytest.mark.parametrize(
    ("source", "target", "port", "protocol", "allowed"),
    [
        # isolates the pods "role=db" for ingress, with three kinds of exceptions
        (FRONTEND, DB, 6379, "TCP", True),
        (PROJECT, DB, 6379, "TCP", True),
        (ALLOWED_BLOCK, DB, 6379, "TCP", True),
        (EXCEPTED_BLOCK, DB, 6379, "TCP", False),
        (OUTSIDE_BLOCK, DB, 6379, "TCP", False),
        (PLAIN, DB, 6379, "TCP", False),
        # podSelector alone means this namespace
        (ELSEWHERE_FRONTEND, DB, 6379, "TCP", False),
        (FRONTEND, DB, 6380, "TCP", False),
        (FRONTEND, DB, 6379, "UDP", False),
        # and for egress
        (DB, OUTSIDE_BLOCK, 5978, "TCP", True),
        (DB, OUTSIDE_BLOCK, 5979, "TCP", False),
        (DB, FRONTEND, 5978, "TCP", False),
        # pods that no policy selects are not isolated; answers pass; a pod reaches itself
        (PLAIN, FRONTEND, 80, "TCP", True),
        (DB, DB, 1234, "TCP", True),
    ],
    ids=str,
)
def test_the_first_example(
    source: Party, target: Party, port: int, protocol: str, allowed: bool
) -> None:
    assert cluster(TEST_NETWORK_POLICY).allows(source, target, port, protocol) is allowed


OR = "namespaceSelector: {matchLabels: {project: myproject}}"
ROLE = "podSelector: {matchLabels: {role: frontend}}"


@pytest.mark.parametrize(
    ("peers", "project", "project_frontend", "frontend", "elsewhere"),
    [
        (f"[{{{OR}, {ROLE}}}]", False, True, False, False),  # one item: both must hold
        (f"[{{{OR}}}, {{{ROLE}}}]", True, True, True, False),  # two items: either
        ("[{namespaceSelector: {}}]", True, True, True, True),
        (f"[{{namespaceSelector: {{}}, {ROLE}}}]", False, True, True, True),
        ("[{podSelector: {}}]", False, False, True, False),
    ],
)
def test_selectors_in_one_item_are_and_in_two_items_or(
    peers: str, project: bool, project_frontend: bool, frontend: bool, elsewhere: bool
) -> None:
    rules = cluster(f"podSelector: {{matchLabels: {{role: db}}}}\ningress: [{{from: {peers}}}]")
    sources = (PROJECT, PROJECT_FRONTEND, FRONTEND, ELSEWHERE_FRONTEND)
    found = tuple(rules.allows(source, DB, 6379) for source in sources)
    assert found == (project, project_frontend, frontend, elsewhere)


# The documentation's default policies: what they do to a pod's ways in and out.
DEFAULTS = [
    ("default deny all ingress", "{podSelector: {}, policyTypes: [Ingress]}", False, True),
    (
        "allow all ingress",
        "{podSelector: {}, ingress: [{}], policyTypes: [Ingress]}",
        True,
        True,
    ),
    ("default deny all egress", "{podSelector: {}, policyTypes: [Egress]}", True, False),
    ("allow all egress", "{podSelector: {}, egress: [{}], policyTypes: [Egress]}", True, True),
    ("default deny all", "{podSelector: {}, policyTypes: [Ingress, Egress]}", False, False),
    # without policyTypes: always ingress; egress only where there are egress rules
    ("types unsaid", "{podSelector: {}}", False, True),
    ("types unsaid, egress rules", "{podSelector: {}, egress: []}", False, False),
]


@pytest.mark.parametrize(
    ("policy", "comes_in", "goes_out"), [row[1:] for row in DEFAULTS], ids=[r[0] for r in DEFAULTS]
)
def test_the_default_policies(policy: str, comes_in: bool, goes_out: bool) -> None:
    rules = cluster(policy)
    assert rules.allows(PROJECT, PLAIN, 80) is comes_in
    assert rules.allows(PLAIN, PROJECT, 80) is goes_out


def test_policies_add_up_and_none_takes_away() -> None:
    deny = "{podSelector: {}, policyTypes: [Ingress]}"
    allow = "{podSelector: {}, ingress: [{}]}"
    assert cluster(deny, allow).allows(PROJECT, PLAIN, 80)
    assert cluster(allow, deny).allows(PROJECT, PLAIN, 80)


@pytest.mark.parametrize(
    ("port", "allowed"), [(31_999, False), (32_000, True), (32_768, True), (32_769, False)]
)
def test_a_range_of_ports_has_both_its_ends(port: int, allowed: bool) -> None:
    rules = cluster(
        "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/24}}],"
        " ports: [{protocol: TCP, port: 32000, endPort: 32768}]}]}"
    )
    assert rules.allows(DB, OUTSIDE_BLOCK, port) is allowed


@pytest.mark.parametrize(
    ("expression", "project", "other"),
    [
        ("{key: project, operator: In, values: [myproject]}", True, False),
        ("{key: project, operator: NotIn, values: [myproject]}", False, True),
        ("{key: project, operator: Exists}", True, True),
        ("{key: project, operator: DoesNotExist}", False, False),
        ("{key: absent, operator: NotIn, values: [x]}", True, True),
        ("{key: kubernetes.io/metadata.name, operator: In, values: [myproject]}", True, False),
    ],
)
def test_namespaces_are_chosen_by_expressions_and_by_name(
    expression: str, project: bool, other: bool
) -> None:
    rules = cluster(
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions:"
        f" [{expression}]}}}}]}}]}}"
    )
    assert rules.allows(PROJECT, DB, 80) is project
    assert rules.allows(ELSEWHERE_FRONTEND, DB, 80) is other


def test_a_named_port_is_the_target_pods() -> None:
    rules = cluster("{podSelector: {}, ingress: [{ports: [{port: redis}]}]}")
    assert rules.allows(PROJECT, DB, 6379)
    assert not rules.allows(PROJECT, DB, 6380)
    assert not rules.allows(PROJECT, PLAIN, 6379)


def test_a_policy_speaks_for_its_own_namespace() -> None:
    rules = cluster("{podSelector: {}, policyTypes: [Ingress, Egress]}")
    assert rules.allows(PROJECT, PROJECT_FRONTEND, 80)
    assert not rules.allows(PROJECT, PLAIN, 80)


def test_both_ends_must_let_a_connection_through() -> None:
    egress = "{podSelector: {matchLabels: {role: frontend}}, policyTypes: [Egress]}"
    assert not cluster(egress).allows(FRONTEND, PLAIN, 80)
    assert cluster(egress).allows(PLAIN, FRONTEND, 80)
