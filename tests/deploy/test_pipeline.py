"""The pipeline: what runs in which order, and that nothing in it moves by itself."""

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.support import release_dry_run
from tests.support.release_dry_run import FILES, STEPS, Here, pipeline
from tests.support.stack import PROJECT

RELEASE, PROD = (yaml.safe_load((PROJECT / name).read_text(encoding="utf-8")) for name in FILES)
#: How a shell is told to end at the first command that fails.
FAILS = {"bash": ["-ceuo", "pipefail"], "sh": ["-ceu"]}
#: What Cloud Build itself knows in every build of a trigger.
BUILT_IN = {"COMMIT_SHA", "LOCATION"}


def text(step: dict[str, Any]) -> str:
    return " ".join(" ".join(step["args"]).split())


def by_id(build: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {step["id"]: step for step in build["steps"]}


def asked(build: dict[str, Any]) -> set[str]:
    """The substitutions that a trigger has to give."""
    used = set(re.findall(r"(?<!\$)\$\{(\w+)\}", yaml.safe_dump(build["steps"])))
    return used - BUILT_IN - set(build.get("substitutions", {}))


def test_a_release_is_tested_before_it_is_built_and_scanned_before_it_is_pushed():
    assert [step["id"] for step in RELEASE["steps"]] == [
        *("test", "base", "build", "scan", "push", "sbom"),
        *("staging-access", "staging", "ask-for-prod"),
    ]
    assert [step["id"] for step in PROD["steps"]] == ["prod-access", "prod"]


def test_every_step_waits_for_the_one_before():
    for place, step in enumerate(pipeline()):
        before = pipeline()[place - 1]["id"]
        assert step.get("waitFor", [before]) == [before], step["id"]


def test_a_step_runs_in_an_image_that_the_trigger_names():
    """With its digest; a default here would be a tag that moves, or a digest that grows old."""
    for step in pipeline():
        assert re.fullmatch(r"\$\{_[A-Z]+_IMAGE\}", step["name"]), step["id"]
    images = {f"_{name}_IMAGE" for name in ("DEBIAN", "DOCKER", "GCLOUD", "HELM")}
    assert asked(RELEASE) & images == images
    assert asked(RELEASE) - images == {
        *("_IMAGE", "_LOCATION", "_PROD_TRIGGER", "_STAGING_CLUSTER", "_STAGING_VALUES"),
    }
    assert asked(PROD) == {
        *("_DIGEST", "_GCLOUD_IMAGE", "_HELM_IMAGE"),
        *("_IMAGE", "_LOCATION", "_PROD_CLUSTER", "_PROD_VALUES"),
    }


def test_nothing_is_called_latest_and_the_base_goes_in_by_its_digest():
    for name in FILES:
        assert "latest" not in (PROJECT / name).read_text(encoding="utf-8")
    steps = by_id(RELEASE)
    assert "RepoDigests" in text(steps["base"])
    assert 'PYTHON_IMAGE="$(cat /workspace/base-image)"' in text(steps["build"])
    [tag] = re.findall(
        r"^ARG PYTHON_IMAGE=(\S+)", (PROJECT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert RELEASE["substitutions"] == {"_PYTHON_TAG": tag}


def test_what_is_deployed_is_the_digest_that_was_pushed():
    steps = by_id(RELEASE)
    assert text(steps["push"]).endswith("| tee /workspace/digest")
    assert 'image.digest="$(cat /workspace/digest)"' in text(steps["staging"])
    assert "_DIGEST=$(cat /workspace/digest)" in text(steps["ask-for-prod"])
    assert "image.digest=${_DIGEST}" in text(by_id(PROD)["prod"])


def test_a_finding_stops_the_release_and_so_does_a_deployment_that_fails():
    scan = text(by_id(RELEASE)["scan"])
    assert "grep -Exq 'CRITICAL|HIGH'" in scan
    assert "exit 1" in scan
    for step in (by_id(RELEASE)["staging"], by_id(PROD)["prod"]):
        assert "helm upgrade --install oa helm/openagents-runtime" in text(step)
        assert "--rollback-on-failure" in text(step)
    for step in pipeline():
        assert "allowFailure" not in step
        assert step["args"][:-1] == FAILS[step["entrypoint"]] or step["args"] == [".ci/run"]


def test_both_deployments_are_alike_but_for_where_they_go():
    staging = text(by_id(RELEASE)["staging"]).replace('"$(cat /workspace/digest)"', "${_DIGEST}")
    as_prod = staging.replace("staging", "prod").replace("STAGING", "PROD")
    assert as_prod == text(by_id(PROD)["prod"])


@pytest.mark.parametrize("step", pipeline(), ids=lambda step: step["id"])
def test_every_script_is_one_that_a_shell_can_read(step: dict[str, Any]):
    if step["args"] == [".ci/run"]:
        return
    script = step["args"][-1].replace("$$", "$")
    done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_files_that_it_deploys_from_are_there():
    for name in ("Chart.yaml", "values-staging.yaml", "values-prod.yaml"):
        assert (PROJECT / "helm" / "openagents-runtime" / name).is_file()
    assert (PROJECT / ".ci" / "run").is_file()


def test_the_dry_run_knows_every_step_and_says_what_it_leaves_out(
    capsys: pytest.CaptureFixture[str],
):
    assert list(STEPS) == [step["id"] for step in pipeline()]
    assert all(here.commands or here.left_out for here in STEPS.values())

    assert release_dry_run.main(["--list"]) == 0

    told = capsys.readouterr().out
    assert "release: test: make check\n" in told
    assert "release: push: left out: needs an account\n" in told
    for here in STEPS.values():
        for command in here.commands:
            assert [
                part
                for part in command
                if part.startswith("tests/") and not (PROJECT / part).exists()
            ] == []


def test_the_dry_run_ends_at_the_first_step_that_fails(capsys: pytest.CaptureFixture[str]):
    def script(code: str) -> Here:
        return Here(((sys.executable, "-c", code),))

    steps = {**STEPS, "test": script("pass"), "build": script("raise SystemExit(3)")}

    assert release_dry_run.main(["build", "test", "staging"], steps) == 3
    assert [line.split(":")[1].strip() for line in capsys.readouterr().out.splitlines()] == [
        *("test", "build", "build"),
    ]
    assert release_dry_run.main(["fly"]) == 2
