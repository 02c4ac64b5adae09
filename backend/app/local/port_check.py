"""Looks, before anything is started, whether every port is free."""

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Port:
    """A port to listen on and the variable that chose it."""

    number: int
    variable: str
    host: str = "127.0.0.1"


def check(ports: Iterable[Port]) -> None:
    """Make sure that all `ports` differ and are free.

    Raises:
        SettingsError: one is not; the sentence names it and its variable.
    """
    owners: dict[int, str] = {}
    for port in ports:
        if port.number in owners:
            raise SettingsError(
                f"Port {port.number} is given to both {owners[port.number]} and {port.variable}; change one of them."
            )
        owners[port.number] = port.variable
        _check_free(port)


def _check_free(port: Port) -> None:
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do: a port whose last connection is only just closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsError(
                    f"Port {port.number} ({port.variable}) is taken by another program: "
                    f"end that one, or set {port.variable} to a free port."
                ) from None
            raise SettingsError(
                f"Port {port.number} ({port.variable}) cannot be opened on {port.host}: {error.strerror}."
            ) from None
