"""The app of beat and Flower: the broker and the schedule, without the tasks' bodies."""

from pathlib import Path
from typing import Any

from celery.signals import beat_init

from runtime_app.bootstrap import observers
from tasks import settings, ticks
from tasks.app import app, config, log_as_json

app.conf.update(settings.FOR_BEAT, beat_schedule=ticks.entries(), imports=())
log_as_json()  # beat asks for it by a signal, Flower does not


@beat_init.connect
def _announce(**_kwargs: Any) -> None:
    observers.serve(config)
    if config.ready_file:
        Path(config.ready_file).touch()
