"""The pods of a rendered chart, by the role that they run."""

from collections.abc import Iterator

from runtime_app.roles import DEPLOYED, JOBS, Role
from tests.support.chart import Document

SECRET = "hush-hush-hush-hush-hush-hush-hush-hush"
#: What the Secrets of a test hold, by the variable.
HELD = {
    "DATABASE_URL": "postgresql://u:p@localhost/d",
    "OA_DATABASE_DIRECT_URL": "postgresql://u:p@localhost/d",
    "OA_DATABASE_APP_URL": "postgresql://u:p@localhost/d",
    "OA_BROKER_URL": "redis://localhost",
    "OA_SIGNING_KEYS": f"k1:{SECRET}",
    "OA_SANITIZER_KEYS": f"k:{SECRET}",
    "OPENAI_API_KEY": "sk-x",
    "OA_EGRESS_PROXY": "http://proxy:3128",
    "OA_EGRESS_CREDENTIALS": "{}",
    "FLOWER_BASIC_AUTH": "u:p",
    "FLOWER_COOKIE_SECRET": SECRET,
    "OA_ARTIFACTS_URL": "memory://anchors",
    "OA_ANCHOR_KEYS": f"a1:{SECRET}",
}
ROLES = {role.name: role for role in (*DEPLOYED, *JOBS)}


def workloads(documents: list[Document]) -> dict[str, Document]:
    """Deployments and jobs by their role."""
    return {
        document["metadata"]["labels"]["app.kubernetes.io/component"]: document
        for document in documents
        if document["kind"] in ("Deployment", "Job")
    }


def pods(documents: list[Document]) -> Iterator[tuple[Role, Document, Document]]:
    """Role, pod and its container."""
    for name, document in workloads(documents).items():
        pod = document["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        yield ROLES[name], pod, container


def environ_of(container: Document, documents: list[Document]) -> dict[str, str]:
    """What the process finds: ConfigMaps, then its own variables, Secrets as `HELD`."""
    maps = {one["metadata"]["name"]: one["data"] for one in documents if one["kind"] == "ConfigMap"}
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        found |= maps[source["configMapRef"]["name"]]
    names = [entry["name"] for entry in container["env"]]
    assert len(names) == len(set(names))
    return found | {
        entry["name"]: entry.get("value", HELD[entry["name"]] if "valueFrom" in entry else "")
        for entry in container["env"]
    }


def secrets_of(container: Document) -> dict[str, str]:
    """Variable -> the Secret and key that it comes from."""
    return {
        entry["name"]: "{name}/{key}".format(**entry["valueFrom"]["secretKeyRef"])
        for entry in container["env"]
        if "valueFrom" in entry
    }
