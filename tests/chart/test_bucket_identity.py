"""How a pod shows who it is to the bucket that keeps files."""

import pytest

from runtime_app.roles import Peer
from tests.support.chart import Chart, Refused, values_of
from tests.support.chart_pods import environ_of, pods


def test_who_keeps_files_signs_in_at_the_bucket_with_a_token_for_it_alone(chart: Chart) -> None:
    values = values_of("prod")
    folder = "/var/run/secrets/oa/artifacts"
    found = {"GOOGLE_APPLICATION_CREDENTIALS": f"{folder}/credentials.json"}
    values["artifacts"] = {
        "annotations": {"example.com/identity": "files"},
        "audience": "https://iam.example.com/pool",
        "configMap": "oa-runtime-gcs",
        "environ": found,
    }
    documents = chart.render(values)
    accounts = {
        one["metadata"]["name"]: one["metadata"].get("annotations", {})
        for one in documents
        if one["kind"] == "ServiceAccount"
    }
    for role, pod, container in pods(documents):
        keeps = Peer.ARTIFACTS in role.reaches
        projected = [one["projected"]["sources"] for one in pod["volumes"] if "projected" in one]
        mounts = [one for one in container["volumeMounts"] if one["mountPath"] == folder]
        own = accounts[pod["serviceAccountName"]]
        assert pod["automountServiceAccountToken"] is False
        assert ("example.com/identity" in own) == keeps, role.name
        assert (found.items() <= environ_of(container, documents).items()) == keeps
        if not keeps:
            assert (projected, mounts) == ([], [])
            continue
        [[token, configured]] = projected
        assert token["serviceAccountToken"]["audience"] == "https://iam.example.com/pool"
        assert token["serviceAccountToken"]["path"] == "token"
        assert configured == {"configMap": {"name": "oa-runtime-gcs"}}
        assert [one["readOnly"] for one in mounts] == [True]


def test_no_secret_of_a_cloud_is_in_the_values(chart: Chart) -> None:
    values = values_of("prod")
    values["artifacts"] = {"environ": {"AWS_SECRET_ACCESS_KEY": "x"}}
    with pytest.raises(Refused, match="AWS_SECRET_ACCESS_KEY"):
        chart.render(values)
