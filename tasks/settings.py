"""Celery's settings: for all, for each pool, and how long a task may take on each queue.

Nothing here decides whether work gets done; the rows do. What these settings buy is latency.
"""

from collections.abc import Mapping
from typing import Any

from kombu import Exchange, Queue

from runtime_app.dispatch.celery import KEY_PREFIX
from runtime_app.dispatch.jobs import JOBS

QUEUES = sorted({job.queue for job in JOBS} | {"tools.settlement"})

#: After which the child that does a task is killed; above every deadline of ours, which come first.
#: A thread cannot be killed: executors have their own deadlines, and the epoch behind those.
TIME_LIMITS_S: Mapping[str, int | None] = {
    "runs": None,
    "ds": None,
    "tools": 1260,
    "tools.settlement": 1260,
    "maintenance": 300,
    "anchors": 60,
    "memory": 120,
    "projections": 120,
}

FOR_ALL: Mapping[str, Any] = {
    "imports": (
        "tasks.worker",
        "tasks.runs",
        "tasks.ds",
        "tasks.tools",
        "tasks.maintenance",
        "tasks.anchors",
        "tasks.memory",
        "tasks.projections",
    ),
    # A queue that is misspelt fails at the start, instead of being made and read by nobody.
    "task_queues": [Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
    "task_create_missing_queues": False,
    "task_default_queue": "maintenance",
    "task_routes": {job.kind: {"queue": job.queue} for job in JOBS},
    "task_annotations": {
        job.kind: {"time_limit": TIME_LIMITS_S[job.queue]}
        for job in JOBS
        if TIME_LIMITS_S[job.queue] is not None
    },
    # A message goes once its task has ended, however it ended: failures are rows, and attempts are
    # counted there. One whose worker died comes back.
    "task_acks_late": True,
    "task_acks_on_failure": True,
    "task_acks_on_timeout": True,
    "task_reject_on_worker_lost": True,
    # Results are rows. Without this, beat would also clean up after a backend that there is not.
    "task_ignore_result": True,
    "result_expires": None,
    "task_serializer": "json",
    "accept_content": ["json"],
    # Nothing waits behind a long task while another worker is free.
    "worker_prefetch_multiplier": 1,
    "worker_disable_prefetch": True,
    # A send that fails is made good by a sweep; its sender does not wait for a second try.
    "task_publish_retry": False,
    # For Flower. Events of senders would make it list every process that ever sent something.
    "worker_send_task_events": True,
    "task_track_started": True,
    "task_send_sent_event": False,
    "worker_hijack_root_logger": False,
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "global_keyprefix": KEY_PREFIX,
        # Above the longest task, so that none is handed out twice; and once a message is due, it is
        # found within 5 s and not, as by default, within 100 s.
        "visibility_timeout": 1800,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # A broker that vanishes without a word is noticed.
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
}

FOR_POOL: Mapping[str, Mapping[str, Any]] = {
    "prefork": {
        # What a tool leaks goes with the child. Memory in KiB.
        "worker_max_tasks_per_child": 200,
        "worker_max_memory_per_child": 400_000,
        # The message comes again and finds its task claimed: the claim keeps a second worker away,
        # not the connection.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    },
    "thread": {
        # A thread cannot be cancelled, and need not be: the lease keeps a second executor away.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    },
}

FOR_BEAT: Mapping[str, Any] = {
    # In memory: which tick is done stands in the database.
    "beat_scheduler": "celery.beat:Scheduler",
    "beat_max_loop_interval": 1,
}
