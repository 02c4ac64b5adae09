"""Kinds of values: how the text of a variable is read and what it may be."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

SHORTEST_KEY = 16


def http_address(text: str) -> str:
    """Return the address of a server, http or https, or raise `ValueError`."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("should be an address such as http://localhost:8080")
    if parts.username or parts.password:
        raise ValueError("should hold no user name or password: addresses are shown in /health")
    try:
        reachable = parts.port != 0
    except ValueError:
        reachable = False
    if not reachable:
        raise ValueError("should have a port from 1 to 65535")
    return text


def origin(text: str) -> str:
    """Return what a browser sends as `Origin`: scheme, host and port, nothing behind them."""
    parts = urlsplit(http_address(text))
    if parts.path or parts.query or parts.fragment:
        raise ValueError("should be an origin such as https://kaiwa.example, without a path")
    return text


def database_address(secret: SecretStr) -> SecretStr:
    """Return a database address of a kind that the store can open."""
    if not secret.get_secret_value().startswith(("sqlite:///", "postgresql://")):
        raise ValueError("should begin with sqlite:/// or postgresql://")
    return secret


def language(code: str) -> str:
    """Return `auto` or the code of a language."""
    if not re.fullmatch(r"auto|[a-z]{2,3}", code):
        raise ValueError("should be auto or the code of a language, such as en or ja")
    return code


def platform(name: str) -> str:
    """Return the platform of an image, as Docker writes it."""
    if not re.fullmatch(r"linux/[a-z0-9]+(/v[0-9]+)?", name):
        raise ValueError("should be a platform such as linux/arm64 or linux/amd64")
    return name


def key(secret: SecretStr) -> SecretStr:
    """Return a key that is empty (off) or long enough, and fit to travel in a header."""
    text = secret.get_secret_value()
    if text and len(text) < SHORTEST_KEY:
        raise ValueError(f"should have at least {SHORTEST_KEY} characters")
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("should be made of plain letters, digits and signs, without spaces")
    return secret


def split(value: object) -> object:
    """Return the parts of a text separated by commas; other values pass unchanged."""
    if not isinstance(value, str):
        return value
    return tuple(part for part in (raw.strip() for raw in value.split(",")) if part)


Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Milliseconds = Annotated[int, Field(ge=0, le=60_000)]
Count = Annotated[int, Field(ge=1)]
Threads = Annotated[int, Field(ge=0, le=256)]
HttpAddress = Annotated[str, AfterValidator(http_address)]
HttpAddresses = Annotated[tuple[HttpAddress, ...], BeforeValidator(split)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(origin)], ...], BeforeValidator(split)]
Words = Annotated[tuple[str, ...], BeforeValidator(split)]
DatabaseAddress = Annotated[SecretStr, AfterValidator(database_address)]
Key = Annotated[SecretStr, AfterValidator(key)]
Language = Annotated[str, AfterValidator(language)]
Platform = Annotated[str, AfterValidator(platform)]
