"""The Celery app. `celery -A tasks.app worker -Q runs …`"""

import os
from collections.abc import Mapping
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging

from runtime_app.bootstrap.sanitizer import sanitizer_of
from runtime_app.config import Config
from runtime_app.dispatch.celery import keep_clients
from runtime_app.observability import logs
from tasks import settings
from tasks.task_events import BatchedTaskEvents

config = Config.from_env(os.environ)

keep_clients()
app = Celery("openagents-runtime", broker=config.broker_url)
app.conf.update(settings.FOR_ALL)
app.steps["consumer"].add(BatchedTaskEvents)


@celeryd_init.connect
def set_for_pool(conf: Any, options: Mapping[str, Any], **_kwargs: Any) -> None:
    """What a worker's pool needs beside the settings of all."""
    pool = options["pool"].__module__.rpartition(".")[2]
    conf.update(settings.FOR_POOL[pool])


@setup_logging.connect
def log_as_json(**_kwargs: Any) -> None:
    """Log as every process of ours does; with this, Celery sets up nothing of its own."""
    logs.configure(
        config.log_level, config.role, config.defaults.code_version, sanitizer_of(config)
    )
