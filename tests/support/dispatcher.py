"""A dispatcher that only remembers."""

from runtime_app.dispatch.jobs import Job


class RecordingDispatcher:
    """Keeps the jobs that were asked for, in order."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def dispatch(self, job: Job) -> None:
        self.jobs.append(job)
