"""Alembic's entry: runs the revisions on the connection that `runtime_app.db.migrate` hands in."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="schema_version",
    version_table_schema="public",
    transaction_per_migration=True,
    on_version_apply=context.config.attributes["on_revision"],
)
with context.begin_transaction():
    context.run_migrations()
