"""The one history of the database's shape, for SQLite and PostgreSQL alike. It goes forward only.

A new migration is a file in `versions`, named after its number; what it makes must be what `app.store.tables` says.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.errors import SettingsError


def upgrade(connection: Connection) -> None:
    """Bring the database up to date, in the transaction that `connection` is in. Nobody else may do so meanwhile.

    Raises:
        SettingsError: a newer version of Kaiwa has been here.
    """
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if not known.issuperset(MigrationContext.configure(connection).get_current_heads()):
        raise SettingsError(
            "DATABASE_URL leads to a database of a newer version of Kaiwa: run that version, or name another database."
        )
    command.upgrade(config, "head")
