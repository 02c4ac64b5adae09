"""The page's container as its files describe it; `make container` builds and runs it."""

import re
from pathlib import Path

import pytest

from app.settings import ROOT
from app.web.access import METRICS
from app.web.body import MOST_BYTES
from app.web.headers import HEADERS
from app.web.page import FOREVER

FOLDER = ROOT / "docker" / "frontend"


@pytest.fixture(scope="module")
def caddyfile() -> str:
    return (FOLDER / "Caddyfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (FOLDER / "Dockerfile").read_text(encoding="utf-8")


def test_the_page_has_the_headers_that_the_backend_sends(caddyfile: str) -> None:
    sent = dict(re.findall(r'^\theader \?(\S+) "(.*)"$', caddyfile, re.MULTILINE))

    assert sent == HEADERS


def test_hashed_files_are_kept_as_long_as_the_backends(caddyfile: str) -> None:
    (kept,) = re.findall(r'header @hashed Cache-Control "(.*)"', caddyfile)

    assert kept == FOREVER


def test_bodies_have_the_limit_that_the_backend_has(caddyfile: str) -> None:
    limits = re.findall(r"(?:> |max_size |larger than )(\d+)", caddyfile)

    assert limits == [str(MOST_BYTES)] * 3  # announced, counted, said


def test_the_operators_figures_are_not_passed_on(caddyfile: str) -> None:
    (paths,) = re.findall(r"@backend path (.*)", caddyfile)

    assert paths.split() == ["/v1/*", "/health", "/ready"]
    assert METRICS not in caddyfile


def test_requests_stay_out_of_the_log(caddyfile: str) -> None:
    (fields,) = re.findall(r"fields \{(.*?)\}", caddyfile, re.DOTALL)

    assert fields.split() == ["request", "delete"]
    assert caddyfile.count("log {") == 1  # in the options; in a site it would turn the access log on


def test_images_have_exact_versions_that_an_operator_can_change(dockerfile: str) -> None:
    images = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", dockerfile, re.MULTILINE))
    used = re.findall(r"^FROM (?:--platform=\S+ )?(\S+)", dockerfile, re.MULTILINE)

    assert used == [f"${{{name}}}" for name in images]
    assert [image for image in images.values() if not re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+-\w+", image)] == []


def test_nobody_in_the_container_is_root(dockerfile: str) -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE)

    assert len(users) == 1
    assert "0" not in users[0]


def test_what_starts_the_server_can_be_started() -> None:
    assert Path(FOLDER / "serve.sh").stat().st_mode & 0o111 == 0o111
