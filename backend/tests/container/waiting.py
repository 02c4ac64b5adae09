"""Waiting for programs of other processes, which only they themselves can be asked about."""

import time
from collections.abc import Callable

import httpx

START_S = 60
PAUSE_S = 0.1


def until(happened: Callable[[], bool], what: str) -> None:
    """Wait. Raises AssertionError if it takes too long."""
    deadline = time.monotonic() + START_S
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {START_S} s"
        time.sleep(PAUSE_S)


def answered(url: str) -> None:
    """Wait until something is served there. Raises AssertionError if it takes too long."""

    def is_served() -> bool:
        try:
            return httpx.get(url, timeout=5, verify=False, trust_env=False).is_success  # noqa: S501 - who it is comes later
        except httpx.TransportError:
            return False  # nothing listens there yet

    until(is_served, f"something is served at {url}")
