"""What the container serves by itself."""

import json
import re
from contextlib import closing
from http.client import HTTPConnection

import httpx
import pytest

from app.web.headers import HEADERS
from app.web.page import FOREVER
from tests.container.engine import docker
from tests.container.frontend import Frontend
from tests.container.programs import ADMIN_KEY


def asset(page: str, ending: str) -> str:
    found = re.search(rf'(?:src|href)="\./(assets/[^"]+\.{ending})"', page)
    assert found
    return f"/{found[1]}"


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in HEADERS if name in answer.headers}


def test_the_page_comes_with_the_backends_headers(browser: httpx.Client) -> None:
    answer = browser.get("/")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert headers_of(answer) == HEADERS
    assert "server" not in answer.headers


@pytest.mark.parametrize("ending", ["js", "css"])
def test_files_that_are_named_after_their_content_are_kept_for_ever(browser: httpx.Client, ending: str) -> None:
    answer = browser.get(asset(browser.get("/").text, ending))

    assert headers_of(answer) == HEADERS | {"Cache-Control": FOREVER}
    assert answer.headers["content-encoding"] == "gzip"


def test_a_page_that_did_not_change_is_not_sent_again(browser: httpx.Client) -> None:
    known = browser.get("/").headers["etag"]

    assert browser.get("/", headers={"If-None-Match": known}).status_code == 304


@pytest.mark.parametrize("path", ["/assets/gone-12345678.js", "/nothing", "/metrics"])
def test_nothing_else_is_there_and_nobody_keeps_that(browser: httpx.Client, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 404
    assert headers_of(answer) == HEADERS


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/v1/../metrics", "/v1/%2e%2e/metrics", "/v1//../metrics"])
def test_no_spelling_leads_to_the_operators_figures(frontend: Frontend, path: str) -> None:
    with closing(HTTPConnection("localhost", 5173, timeout=10)) as connection:  # httpx would tidy the path up
        connection.request("GET", path, headers={"Authorization": f"Bearer {ADMIN_KEY}"})

        assert connection.getresponse().status == 404


def test_the_server_is_nobody_and_finds_itself_healthy(frontend: Frontend) -> None:
    checked = docker("inspect", "--format", "{{json .Config.Healthcheck.Test}}", frontend.name)
    kind, *check = json.loads(checked)

    assert kind == "CMD"
    docker("exec", frontend.name, *check)  # the engine itself asks every ten seconds only
    assert docker("exec", frontend.name, "id", "-u") == "10001"
