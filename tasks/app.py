"""The Celery app: settings, queues, beat. `celery -A tasks.app worker -Q runs …`"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from kombu import Exchange, Queue

from beat_schedule import BEAT
from runtime_app.bootstrap.sanitizer import sanitizer_of
from runtime_app.config import Config
from runtime_app.dispatch.celery import KEY_PREFIX
from runtime_app.dispatch.jobs import JOBS
from runtime_app.observability import logs
from tasks.task_events import BatchedTaskEvents

config = Config.from_env(os.environ)

QUEUES = sorted({job.queue for job in JOBS} | {"tools.settlement"})

app = Celery("openagents-runtime", broker=config.broker_url)
app.conf.update(
    imports=("tasks.worker", "tasks.runs", "tasks.tools", "tasks.maintenance"),
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
    task_create_missing_queues=False,
    task_default_queue="maintenance",
    task_routes={job.kind: {"queue": job.queue} for job in JOBS},
    # Messages carry no truth: what a lost or doubled one costs is latency, never work.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=True,
    task_track_started=True,
    task_send_sent_event=False,
    worker_max_tasks_per_child=200,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "global_keyprefix": KEY_PREFIX,
        "visibility_timeout": 1800,
        "unacked_restore_interval": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    beat_schedule={
        beat.name: {
            "task": beat.job.kind,
            "schedule": beat.every_s,
            "options": {"queue": beat.job.queue, "expires": beat.expires_s},
        }
        for beat in BEAT
    },
    beat_max_loop_interval=1,
)
app.steps["consumer"].add(BatchedTaskEvents)


@setup_logging.connect
def log_as_json(**_kwargs: Any) -> None:
    """Log as every process of ours does; with this, Celery sets up nothing of its own."""
    logs.configure(
        config.log_level, config.role, config.defaults.code_version, sanitizer_of(config)
    )
