"""What every worker process does before its first task."""

import subprocess
import sys
from typing import Any

from tests.support.stack import PROJECT
from tests.web.solo import surroundings

INIT = """\
from celery.signals import worker_init
import tasks.worker
worker_init.send(sender=None)
from psycopg2 import extensions
print(extensions.get_wait_callback().__module__)
"""


def test_no_process_of_a_worker_waits_for_postgres_without_an_end(stack_state: dict[str, Any]):
    """Set before it forks, so that its children have it, too."""
    done = subprocess.run(
        [sys.executable, "-c", INIT],
        cwd=PROJECT,
        env=surroundings(stack_state, OA_ROLE="worker-runs"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["runtime_app.db.bounded_wait"], done.stderr
