"""What the pods are: their role's process, with their role's secrets, and without rights."""

from collections.abc import Mapping
from typing import Any

import pytest

from helm.generate import HOOKS
from runtime_app.config import SETTINGS, BadSettings, Config
from runtime_app.roles import Peer
from tests.support.chart import Chart, Document, values_of
from tests.support.chart_pods import HELD, ROLES, environ_of, pods, secrets_of, workloads

#: Which secrets each role is given where the values name all of them. The most that a pod which was
#: taken over gives away.
PRIVILEGES = {
    "web": {"DATABASE_URL", "OA_DATABASE_DIRECT_URL", "OA_BROKER_URL", "OA_SIGNING_KEYS"},
    "worker-runs": {
        *("DATABASE_URL", "OA_DATABASE_DIRECT_URL", "OA_BROKER_URL"),
        *("OA_EGRESS_PROXY", "OPENAI_API_KEY"),
    },
    "worker-tools": {
        *("DATABASE_URL", "OA_DATABASE_DIRECT_URL", "OA_BROKER_URL"),
        *("OA_EGRESS_PROXY", "OA_EGRESS_CREDENTIALS"),
    },
    "worker-settlement": {
        *("DATABASE_URL", "OA_DATABASE_DIRECT_URL", "OA_BROKER_URL"),
        *("OA_EGRESS_PROXY", "OA_EGRESS_CREDENTIALS"),
    },
    "worker-maintenance": {
        *("DATABASE_URL", "OA_DATABASE_DIRECT_URL", "OA_BROKER_URL"),
        *("OA_EGRESS_PROXY",),  # its notices go out through it
    },
    "beat": {"DATABASE_URL", "OA_DATABASE_DIRECT_URL", "OA_BROKER_URL"},
    "flower": {"OA_BROKER_URL", "FLOWER_BASIC_AUTH", "FLOWER_COOKIE_SECRET"},
    "migrate": {"DATABASE_URL", "OA_DATABASE_APP_URL"},
    "smoke": {"OA_SIGNING_KEYS"},
}
#: Every process that logs makes stand-ins for secrets.
LOGGING = PRIVILEGES.keys() - {"smoke"}


def test_there_is_a_workload_for_every_role_and_no_other(documents: list[Document]) -> None:
    assert workloads(documents).keys() == ROLES.keys()


def test_a_pod_runs_its_role_as_the_table_has_it(documents: list[Document]) -> None:
    for role, pod, container in pods(documents):
        filled = {
            "python": "python",
            "address": "0.0.0.0",
            "beat_schedule": "/tmp/beat-schedule",
            "url": "http://oa-web:4000",
        }
        assert container["command"] == role.argv(filled)
        assert pod["terminationGracePeriodSeconds"] == role.grace_s
        ports = {port["name"]: port["containerPort"] for port in container.get("ports", ())}
        assert ports.get("http", 0) == role.port
        assert ports.get("metrics", 0) == role.metrics_port
        assert role.environ.items() <= environ_of(container, documents).items()


def test_values_may_say_how_many_a_worker_does_at_once(chart: Chart) -> None:
    values = values_of("dev")
    values["roles"] = {"worker-runs": {"concurrency": 8}}
    (container,) = (c for r, _, c in pods(chart.render(values)) if r.name == "worker-runs")
    assert container["command"] == ROLES["worker-runs"].argv({"python": "python", "concurrency": 8})


def test_a_role_is_given_its_secrets_and_no_others(rendered: Mapping[str, list[Document]]) -> None:
    given = {role.name: set(secrets_of(c)) for role, _, c in pods(rendered["prod"])}
    assert given == {
        name: own | ({"OA_SANITIZER_KEYS"} if name in LOGGING else set())
        for name, own in PRIVILEGES.items()
    }


def test_the_bucket_is_for_all_that_keep_files_and_the_keys_for_those_that_anchor(
    chart: Chart,
) -> None:
    values = values_of("dev")
    names = ("OA_ARTIFACTS_URL", "OA_ANCHOR_KEYS")
    values["secrets"] = {name: {"name": "oa-runtime-anchors", "key": name} for name in names}
    documents = chart.render(values)
    for role, _, container in pods(documents):
        given = secrets_of(container).keys() & {*names}
        if role.name in {"worker-tools", "worker-settlement"}:
            assert given == {"OA_ARTIFACTS_URL"}
        else:
            assert given == ({*names} if role.name in {"web", "worker-maintenance"} else set())
        if given:
            config = Config.from_env(environ_of(container, documents))
            assert config.artifacts_url == HELD["OA_ARTIFACTS_URL"]
            assert (config.anchor_ring is not None) == ("OA_ANCHOR_KEYS" in given)


def test_smoke_signs_with_a_key_of_its_own(rendered: Mapping[str, list[Document]]) -> None:
    (container,) = (c for role, _, c in pods(rendered["prod"]) if role.name == "smoke")
    assert secrets_of(container) == {"OA_SIGNING_KEYS": "oa-runtime-signing/smoke"}
    assert not environ_of(container, rendered["prod"]).keys() - {
        *("OA_ROLE", "OA_CODE_VERSION", "OA_SIGNING_KEYS")
    }


def test_only_migrate_has_the_owners_login(rendered: Mapping[str, list[Document]]) -> None:
    owner = "oa-runtime-database-owner/url"
    for role, _, container in pods(rendered["prod"]):
        sources = secrets_of(container)
        assert (owner in sources.values()) == (role.name == "migrate")
        if role.name == "migrate":
            assert sources["DATABASE_URL"] == owner
            assert sources["OA_DATABASE_APP_URL"] == "oa-runtime-database/url"


def test_every_role_starts_with_what_it_is_given(documents: list[Document]) -> None:
    for role, _, container in pods(documents):
        if role.name not in LOGGING:
            continue
        config = Config.from_env(environ_of(container, documents))
        assert config.role == role.name
        assert config.telemetry.metrics_port == role.metrics_port


def test_and_not_with_less(rendered: Mapping[str, list[Document]]) -> None:
    required = {setting.name for setting in SETTINGS if setting.default is None}
    for role, _, container in pods(rendered["prod"]):
        if role.name not in LOGGING:
            continue
        environ = environ_of(container, rendered["prod"])
        for name in required & secrets_of(container).keys():
            with pytest.raises(BadSettings, match=name):
                Config.from_env({**environ, name: ""})


def test_no_manifest_holds_a_secret(documents: list[Document]) -> None:
    assert not [one for one in documents if one["kind"] == "Secret"]
    secret = {setting.name for setting in SETTINGS if setting.secret}
    for one in documents:
        if one["kind"] == "ConfigMap":
            assert not secret & one["data"].keys()


def test_pods_have_no_rights(documents: list[Document]) -> None:
    accounts = {
        one["metadata"]["name"]: one for one in documents if one["kind"] == "ServiceAccount"
    }
    used = [pod["serviceAccountName"] for _, pod, _ in pods(documents)]
    assert sorted(used) == sorted(accounts)
    for account in accounts.values():
        assert account["automountServiceAccountToken"] is False
    for _, pod, container in pods(documents):
        assert pod["automountServiceAccountToken"] is False
        inside: Mapping[str, Any] = pod["securityContext"]
        assert (inside["runAsNonRoot"], inside["runAsUser"]) == (True, 10001)
        assert inside["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        written = {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
        assert written <= {"/tmp", "/run/metrics"}
        for volume in pod["volumes"]:
            if "emptyDir" in volume:
                assert volume["emptyDir"]["medium"] == "Memory"
                assert volume["emptyDir"]["sizeLimit"]


def test_files_that_a_role_writes_are_in_memory(documents: list[Document]) -> None:
    for role, _, container in pods(documents):
        environ = environ_of(container, documents)
        mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
        folder = environ.get("PROMETHEUS_MULTIPROC_DIR")
        assert bool(folder) == bool(role.metrics_port and role.counts_together)
        assert not folder or folder in mounts
        for name in ("OA_READY_FILE", "OA_HEALTH_FILE"):
            assert environ.get(name, "/tmp/").startswith("/tmp/")


def test_what_must_be_alone_is_alone(documents: list[Document]) -> None:
    for name, one in workloads(documents).items():
        if one["kind"] == "Deployment" and ROLES[name].alone:
            assert one["spec"]["replicas"] == 1
            assert one["spec"]["strategy"] == {"type": "Recreate"}


def test_what_may_be_disrupted_has_a_second(documents: list[Document]) -> None:
    least = {name: one["spec"].get("replicas") for name, one in workloads(documents).items()}
    for one in documents:
        if one["kind"] in ("HorizontalPodAutoscaler", "ScaledObject"):
            name = one["metadata"]["labels"]["app.kubernetes.io/component"]
            assert least[name] is None
            least[name] = one["spec"].get("minReplicas") or one["spec"]["minReplicaCount"]
    kept = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]
        for one in documents
        if one["kind"] == "PodDisruptionBudget"
    }
    assert kept == {name for name, count in least.items() if count and count > 1}


def test_what_a_hook_needs_is_there_before_it(documents: list[Document]) -> None:
    def hook(document: Document) -> tuple[str, int]:
        notes = document["metadata"].get("annotations", {})
        return notes.get("helm.sh/hook", ""), int(notes.get("helm.sh/hook-weight", 0))

    for name, (when, _) in HOOKS.items():
        job = workloads(documents)[name]
        assert hook(job) == (when, 0)
        if not when.startswith("pre-"):
            continue
        pod = job["spec"]["template"]["spec"]
        assert "envFrom" not in pod["containers"][0]
        needed = [
            one
            for one in documents
            if one["kind"] in ("ServiceAccount", "NetworkPolicy")
            and one["metadata"]["name"] == pod["serviceAccountName"]
        ]
        assert [hook(one) for one in needed] == [(when, -10)] * 2


def test_ports_lead_to_the_pods_of_their_role(documents: list[Document]) -> None:
    found = [one for one in documents if one["kind"] == "Service"]
    assert {one["metadata"]["name"] for one in found} == {"oa-web", "oa-flower"}
    for one in found:
        role = one["metadata"]["labels"]["app.kubernetes.io/component"]
        pod = workloads(documents)[role]["spec"]["template"]["metadata"]["labels"]
        assert one["spec"]["selector"].items() <= pod.items()
        assert one["spec"]["ports"][0]["port"] == ROLES[role].port


def test_a_long_release_name_gives_names_that_kubernetes_takes(chart: Chart) -> None:
    names = [one["metadata"]["name"] for one in chart.render(values_of("prod"), "r" * 53)]
    assert max(map(len, names)) <= 63


def test_the_certificate_is_where_servers_are_spoken_to(
    rendered: Mapping[str, list[Document]],
) -> None:
    for role, pod, container in pods(rendered["prod"]):
        mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert ("/etc/oa/tls" in mounts) == bool({Peer.POSTGRES, Peer.BROKER} & {*role.needs})
        secrets = [one["secret"]["secretName"] for one in pod["volumes"] if "secret" in one]
        assert secrets == (["oa-runtime-ca"] if "/etc/oa/tls" in mounts else [])
