"""Which certificate the container shows."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.container.engine import HARDENED, IMAGE, container, docker
from tests.container.frontend import AUTHORITY, Frontend
from tests.container.waiting import answered

Address = tuple[str, int]
HERE = ("127.0.0.1", 8443)


@contextmanager
def serving(*options: str) -> Iterator[tuple[str, Address]]:
    """Run a container without a backend; yields its id and the address of its TLS."""
    with container("--publish", "127.0.0.1::5173", "--publish", "127.0.0.1::8443", *options) as name:
        yield name, find_tls(name)


def find_tls(name: str) -> Address:
    """Wait until a container serves, and return where its TLS is."""
    answered(f"http://{docker('port', name, '5173')}/")
    host, port = docker("port", name, "8443").split(":")
    return host, int(port)


def names_in_certificate(address: Address, called: str, trust: ssl.SSLContext) -> list[str]:
    """Return who the server says it is. Raises SSLError if the certificate cannot be trusted for that name."""
    with (
        socket.create_connection(address, timeout=10) as connection,
        trust.wrap_socket(connection, server_hostname=called) as secured,
    ):
        shown = secured.getpeercert()
        assert shown
        return [str(name[1]) for name in shown["subjectAltName"]]


def by_any_name(authority: str) -> ssl.SSLContext:
    """Trust like a person who goes on although the browser warns of the name."""
    context = ssl.create_default_context(cadata=authority)
    context.check_hostname = False
    return context


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """Return a folder with a certificate for kaiwa.example and its key."""
    openssl = shutil.which("openssl")
    assert openssl, "this test needs openssl: sudo apt install openssl"
    tmp_path.chmod(0o755)
    key, chain = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
    name = ["-subj", "/CN=kaiwa.example", "-addext", "subjectAltName=DNS:kaiwa.example"]
    words = [openssl, "req", "-x509", *curve, *name, "-days", "2", "-keyout", str(key), "-out", str(chain)]
    subprocess.run(words, check=True, capture_output=True, timeout=30)  # noqa: S603 - fixed words
    key.chmod(0o644)  # the container's user is nobody here
    return tmp_path


def test_this_machine_can_be_trusted_once_the_authority_is(frontend: Frontend) -> None:
    assert names_in_certificate(HERE, "localhost", frontend.trust) == ["localhost"]


def test_usual_names_at_home_and_addresses_get_a_certificate(frontend: Frontend) -> None:
    anybody = by_any_name(docker("exec", frontend.name, "cat", AUTHORITY))

    assert names_in_certificate(HERE, "dgx.local", anybody) == ["*.local"]
    assert names_in_certificate(HERE, "127.0.0.1", anybody) == ["localhost"]


def test_other_names_can_be_trusted_and_the_authority_outlives_a_restart() -> None:
    with serving("--env", "TLS_NAMES=127.0.0.1 dgx.local") as (name, _):
        trust = ssl.create_default_context(cadata=docker("exec", name, "cat", AUTHORITY))
        docker("restart", name)
        address = find_tls(name)

        assert names_in_certificate(address, "127.0.0.1", trust) == ["127.0.0.1"]
        assert names_in_certificate(address, "dgx.local", trust) == ["dgx.local"]


def test_a_mounted_certificate_is_shown_to_everybody(certificates: Path) -> None:
    anybody = by_any_name((certificates / "fullchain.pem").read_text())
    with serving("--volume", f"{certificates}:/certificates:ro") as (_, address):
        for called in ("kaiwa.example", "localhost", "dgx.local", "127.0.0.1"):
            assert names_in_certificate(address, called, anybody) == ["kaiwa.example"]


def test_half_a_certificate_ends_the_start(certificates: Path) -> None:
    (certificates / "privkey.pem").unlink()
    name = docker("create", *HARDENED, "--volume", f"{certificates}:/certificates:ro", IMAGE)
    try:
        docker("start", name)

        assert docker("wait", name) == "1"
        assert "/certificates/privkey.pem: no such file" in docker("logs", name)
    finally:
        docker("rm", "--force", "--volumes", name)
