"""What Alembic runs around the migrations: it gets our connection and its open transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
