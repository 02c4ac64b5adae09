from pathlib import Path

import pytest

from app.errors import SettingsError
from app.store.address import read_address

ROOT = Path("/somewhere")


def test_a_path_is_relative_to_the_root_unless_it_begins_there() -> None:
    relative = read_address("sqlite:///data/kaiwa.db", ROOT)
    absolute = read_address("sqlite:////var/kaiwa.db", ROOT)
    assert (relative.file, relative.shown) == (ROOT / "data/kaiwa.db", "sqlite:///data/kaiwa.db")
    assert absolute.file == Path("/var/kaiwa.db")
    assert absolute.url.database == "/var/kaiwa.db"


def test_an_address_is_shown_without_user_and_password() -> None:
    address = read_address("postgresql://somebody:swordf%2Fish@db:5433/kaiwa", ROOT)
    assert address.shown == "postgresql://db:5433/kaiwa"
    assert (address.url.username, address.url.password, address.file) == ("somebody", "swordf/ish", None)
    assert "sword" not in repr(address)


def test_a_socket_and_tls_can_be_named_as_libpq_does() -> None:
    socket = read_address("postgresql://kaiwa@/kaiwa?host=/run/postgresql", ROOT)
    assert socket.shown == "postgresql:///kaiwa?host=%2Frun%2Fpostgresql"
    assert read_address("postgresql://db/kaiwa?sslmode=require", ROOT).url.query == {"ssl": "require"}


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///folder/",
        "sqlite:///kaiwa.db?mode=ro",
        "postgresql://",
        "postgresql://user:swordfish@host",
        "postgresql://user:swordfish@host:port/kaiwa",
        "postgresql://user:swordfish@host/kaiwa?sslmode=yes",
        "postgresql://user:swordfish@host/kaiwa?sslrootcert=x",
        "postgresql://user:swordfish@host/kaiwa?host=a&host=b",
    ],
)
def test_what_cannot_be_opened_is_one_sentence_without_the_password(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL [^\n]*\.$") as wrong:
        read_address(text, ROOT)
    assert "swordfish" not in str(wrong.value)
