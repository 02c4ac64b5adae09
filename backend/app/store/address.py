"""What `DATABASE_URL` means, and how much of it may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.errors import SettingsError

SQLITE, POSTGRESQL = "sqlite:///", "postgresql://"
_TLS = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


@dataclass(frozen=True, slots=True)
class Address:
    """A database that can be opened.

    `shown` names it without user and password; `file` is SQLite's, None for PostgreSQL.
    """

    url: URL
    shown: str
    file: Path | None = None


def read_address(text: str, root: Path) -> Address:
    """Return what an address means; SQLite's path is relative to `root`.

    Raises:
        SettingsError: it means nothing. The text itself, which may hold a password, is never in the message.
    """
    if text.startswith(SQLITE):
        return _sqlite(text, root)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername != "postgresql" or not url.database:
        raise SettingsError("DATABASE_URL should be like postgresql://user:password@host:5432/database.")
    return _postgresql(url)


def _sqlite(text: str, root: Path) -> Address:
    path = text.removeprefix(SQLITE)
    if not path or path.endswith("/") or "?" in path or path.startswith(":"):
        raise SettingsError("DATABASE_URL should name a file behind sqlite:///, and nothing behind that.")
    file = root / path
    return Address(URL.create("sqlite+aiosqlite", database=str(file)), text, file)


def _postgresql(url: URL) -> Address:
    asked = {name: value for name, value in url.query.items() if isinstance(value, str)}
    odd = sorted(set(url.query) - (set(asked) & {"host", "sslmode"}))
    if odd or asked.get("sslmode", "disable") not in _TLS:
        wrong = ", ".join(odd) or "sslmode"
        raise SettingsError(
            f"DATABASE_URL has a parameter that cannot be followed ({wrong}): "
            "it may have one host and one sslmode, of those that libpq knows."
        )
    host = {"host": asked["host"]} if "host" in asked else {}
    tls: Mapping[str, str] = {"ssl": asked["sslmode"]} if "sslmode" in asked else {}
    shown = URL.create("postgresql", host=url.host, port=url.port, database=url.database, query=host)
    return Address(url.set(drivername="postgresql+asyncpg", query={**host, **tls}), shown.render_as_string())
