"""The page of metrics: of one process, and of several that count together."""

import subprocess
import sys
import threading
from pathlib import Path

import prometheus_client
import requests
from prometheus_client.mmap_dict import MmapedDict

from runtime_app.local.ports import free_port
from runtime_app.observability import counts, exposition
from tests.support.stack import PROJECT

CHILD = """
import sys
from runtime_app.observability import counts, telemetry
folder, process, open_streams = sys.argv[1:]
counts.share_files(folder, process)
telemetry.subscribe(counts.Counts({"tasks": ["runs.step"]}))
telemetry.emit("task.ended", 1, task="runs.step", result="succeeded")
for _ in range(int(open_streams)):
    telemetry.emit("stream.opened")
telemetry.emit("db.pool", 20)
telemetry.emit("listener.changed", float(int(open_streams) > 2), channel="run_events")
"""


def count(folder: Path, process: str, open_streams: int = 0) -> None:
    """Let a process of that name count one task and leave some streams open."""
    subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), process, str(open_streams)],
        cwd=PROJECT,
        env={"PROMETHEUS_MULTIPROC_DIR": str(folder)},
        check=True,
    )


def page(folder: str = "") -> str:
    """What is served for `folder`."""
    port = free_port()
    stop = exposition.serve(exposition.readable(folder, "1.2.3"), "127.0.0.1", port)
    try:
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 404
        answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5)
    finally:
        stop()
    assert answer.status_code == 200
    return answer.text


def test_a_process_that_counts_nothing_says_which_release_it_is():
    assert 'oa_build_info{version="1.2.3"} 1.0' in page()


def test_processes_of_one_role_are_one_page(tmp_path: Path):
    count(tmp_path, "slot0", open_streams=2)
    count(tmp_path, "slot1", open_streams=3)
    text = page(str(tmp_path))
    assert 'oa_tasks_total{result="succeeded",task="runs.step"} 2.0' in text
    assert "oa_streams_open 5.0" in text
    assert "oa_db_pool_size 40.0" in text
    assert 'oa_listener_up{channel="run_events"} 0.0' in text
    assert "_created" not in text


def test_a_process_in_the_place_of_another_goes_on_counting_and_adds_no_file(tmp_path: Path):
    count(tmp_path, "slot0", open_streams=2)
    files = {path.name for path in tmp_path.iterdir()}
    count(tmp_path, "slot0", open_streams=1)
    text = page(str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == files
    assert 'oa_tasks_total{result="succeeded",task="runs.step"} 2.0' in text
    assert "oa_streams_open 1.0" in text


def test_the_page_is_there_while_a_process_takes_the_place_of_another(tmp_path: Path):
    """The library makes a file in two steps; no reader may come between them."""
    count(tmp_path, "slot0")
    registry = exposition.readable(str(tmp_path), "1")

    def begin() -> None:
        counts.share_files(str(tmp_path), "slot0")
        for kind in counts.KINDS:
            MmapedDict(str(tmp_path / f"{kind}_slot0.db")).close()

    again = threading.Thread(target=lambda: [begin() for _ in range(500)])
    again.start()
    pages = []
    while again.is_alive():
        pages.append(prometheus_client.generate_latest(registry))
    again.join()
    assert len(pages) > 10
    assert all(b'oa_tasks_total{result="succeeded",task="runs.step"} 1.0' in page for page in pages)


def test_a_process_that_was_killed_while_it_made_its_files_is_no_harm_to_the_next(tmp_path: Path):
    (tmp_path / "counter_slot0.db").touch()
    (tmp_path / "histogram_slot0.new").touch()
    count(tmp_path, "slot0")
    assert 'oa_tasks_total{result="succeeded",task="runs.step"} 1.0' in page(str(tmp_path))
    assert not list(tmp_path.glob("*.new"))


def test_files_that_cannot_be_read_are_an_error_in_the_log(tmp_path: Path, caplog, capfd):
    (tmp_path / "counter_torn.db").touch()
    port = free_port()
    stop = exposition.serve(exposition.readable(str(tmp_path), "1"), "127.0.0.1", port)
    assert requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).status_code == 500
    stop()
    assert "the page of metrics cannot be made" in caplog.text
    assert "Traceback" not in capfd.readouterr().err


def test_what_a_dead_process_said_of_the_moment_is_forgotten(tmp_path: Path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    count(tmp_path, str(dead.pid), open_streams=4)
    count(tmp_path, "slot0", open_streams=1)
    text = page(str(tmp_path))
    assert "oa_streams_open 1.0" in text
    assert 'oa_tasks_total{result="succeeded",task="runs.step"} 2.0' in text


def test_a_port_that_is_taken_costs_the_metrics_and_nothing_else(caplog):
    port = free_port()
    registry = exposition.readable("", "1")
    stop = exposition.serve(registry, "127.0.0.1", port)
    exposition.serve(registry, "127.0.0.1", port)()
    assert "no metrics" in caplog.text
    stop()


def test_two_processes_of_a_role_share_its_port():
    port = free_port()
    registry = exposition.readable("", "1")
    stops = [exposition.serve(registry, "127.0.0.1", port, shared=True) for _ in range(2)]
    assert requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).status_code == 200
    for stop in stops:
        stop()
