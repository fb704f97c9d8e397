"""Workers that live and get no message any more are found by the chart's probe."""

from tests.support.chart import Document
from tests.support.chart_pods import environ_of, pods


def test_a_worker_is_asked_whether_it_hears(documents: list[Document]) -> None:
    for role, _, container in pods(documents):
        liveness = container.get("livenessProbe", {})
        if role.queues:
            assert liveness["exec"]["command"] == ["python", "-m", "runtime_app", "probe", "worker"]
            assert environ_of(container, documents)["OA_HEALTH_FILE"] == "/tmp/health"
        else:
            assert "exec" not in liveness
