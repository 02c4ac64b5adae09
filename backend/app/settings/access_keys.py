"""The keys of this installation: given as settings, or made once and kept in `data/secrets/`.

On loopback there are none unless they are given. Elsewhere there must be, so an empty one is made at the first start.
"""

import ipaddress
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.errors import SettingsError
from app.settings import Settings, resolve
from app.settings.kinds import SHORTEST_KEY

FOLDER = "data/secrets"
_ONLY_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """The keys; None is off."""

    api_key: str | None
    admin_key: str | None


def access_keys(settings: Settings, folder: Path | None = None) -> AccessKeys:
    """Return the keys; those that are needed and not given are read from `folder`, or made there.

    Raises:
        SettingsError: the folder cannot be read or written.
    """
    folder = folder or resolve(FOLDER)
    given = AccessKeys(settings.api_key.get_secret_value() or None, settings.admin_key.get_secret_value() or None)
    if is_loopback(settings.backend_host):
        return given
    return AccessKeys(
        given.api_key or _kept(folder / "api_key", "API_KEY"),
        given.admin_key or _kept(folder / "admin_key", "ADMIN_KEY"),
    )


def page_address(settings: Settings) -> str:
    """Return where a browser on this machine finds the page."""
    # By the name localhost browsers give out the microphone without TLS.
    host = "localhost" if is_loopback(settings.backend_host) or settings.backend_host in _ANY else settings.backend_host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.backend_port}"


def sign_in_link(settings: Settings, key: str) -> str:
    """Return the address that signs a browser in. It is for a terminal and never for a log."""
    return f"{page_address(settings)}/?key={key}"


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches a server that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _kept(file: Path, variable: str) -> str:
    """Return the key in `file`; make it, for its owner's eyes only, if there is none."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Opened with its mode, and only if it is not there: it is never readable by others, nor made twice.
        with suppress(FileExistsError), os.fdopen(os.open(file, _ONLY_NEW, 0o600), "w") as made:
            made.write(secrets.token_urlsafe(32))
        key = file.read_text().strip()
    except OSError as error:
        raise SettingsError(
            f"{variable} is empty and {file} cannot be used instead ({error.strerror}): set {variable}."
        ) from None
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"{file} holds no key of {SHORTEST_KEY} characters: remove it, or set {variable}.")
    return key
