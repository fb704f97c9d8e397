"""claims that may be asked for again, tool tasks that are not woken all the time"""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0021"


def upgrade() -> None:
    op.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
