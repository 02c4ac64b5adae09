"""Alembic runs this file for every command. It is given a connection, and with it the transaction it works in."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
