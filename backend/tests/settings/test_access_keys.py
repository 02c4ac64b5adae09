from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import load
from app.settings.access_keys import AccessKeys, access_keys, is_loopback, sign_in_link


def test_on_loopback_there_are_no_keys_but_given_ones(tmp_path: Path) -> None:
    assert access_keys(load(), tmp_path / "secrets") == AccessKeys(None, None)
    assert access_keys(load(api_key="k" * 16), tmp_path / "secrets") == AccessKeys("k" * 16, None)
    assert not (tmp_path / "secrets").exists()


def test_elsewhere_missing_keys_are_made_once_for_their_owners_eyes(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = access_keys(load(backend_host="0.0.0.0"), folder)  # noqa: S104 - nothing listens

    assert made.api_key
    assert made.admin_key
    assert made.api_key != made.admin_key
    assert len(made.api_key) >= 32
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600, 0o600]
    assert access_keys(load(backend_host="192.0.2.1"), folder) == made


def test_a_given_key_wins_over_a_kept_one(tmp_path: Path) -> None:
    keys = access_keys(load(backend_host="::", api_key="k" * 16), tmp_path)
    assert keys.api_key == "k" * 16
    assert [file.name for file in tmp_path.iterdir()] == ["admin_key"]


def test_a_key_that_cannot_be_kept_or_is_none_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"API_KEY is empty and .*file.api_key cannot be used"):
        access_keys(load(backend_host="::"), tmp_path / "file")
    (tmp_path / "api_key").write_text("short\n")
    with pytest.raises(SettingsError, match=r"api_key holds no key of 16 characters"):
        access_keys(load(backend_host="::"), tmp_path)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("::", False),  # noqa: S104 - nothing listens
     ("192.168.1.2", False), ("kaiwa.example", False)],
)  # fmt: skip
def test_only_this_machine_counts_as_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_link_can_be_opened() -> None:
    assert sign_in_link(load(backend_host="kaiwa.example"), "abc") == "http://kaiwa.example:8000/?key=abc"
    assert sign_in_link(load(backend_host="2001:db8::1", backend_port=81), "abc") == "http://[2001:db8::1]:81/?key=abc"
    for host in ("0.0.0.0", "::", "127.0.0.1"):  # noqa: S104 - nothing listens
        assert sign_in_link(load(backend_host=host), "abc") == "http://localhost:8000/?key=abc"
