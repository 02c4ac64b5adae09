"""The page as the backend serves it: how long a browser may keep it, what it may do, and what is said without it."""

from pathlib import Path

import httpx
import pytest

from tests.web.serving import build_page, calling, make_backend


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the page lies; nothing is there yet."""
    monkeypatch.setattr("app.main.PAGE", tmp_path / "dist")
    return tmp_path / "dist"


async def test_the_page_is_ours_alone(folder: Path) -> None:
    build_page(folder)
    async with calling(make_backend()) as client:
        page = await client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "microphone=(self), speaker-selection=(self)" in page.headers["permissions-policy"]


async def test_only_what_never_changes_is_kept_unasked(folder: Path) -> None:
    build_page(folder)
    async with calling(make_backend()) as client:
        kept = await client.get("/assets/index-abc.js")
        again = await client.get("/assets/index-abc.js", headers={"If-None-Match": kept.headers["etag"]})
        others = [await client.get(path) for path in ("/", "/icon.svg", "/assets/index-old.js", "/health")]
    assert (kept.status_code, again.status_code) == (200, 304)
    for answer in (kept, again):
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert [(answer.status_code, answer.headers["cache-control"]) for answer in others] == [
        (200, "no-cache"),
        (200, "no-cache"),
        (404, "no-cache"),
        (200, "no-cache"),
    ]


async def test_a_page_that_was_not_built_is_said_in_one_sentence_and_served_once_it_is(folder: Path) -> None:
    async with calling(make_backend()) as client:
        missing = await client.get("/")
        other = await client.get("/icon.svg")
        build_page(folder)
        built = await client.get("/")
    assert (missing.status_code, missing.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert missing.text == "The page has not been built: run `make page`, then load this again.\n"
    assert missing.headers["cache-control"] == "no-cache"
    assert (other.status_code, other.json()["error"]["code"]) == (404, "not_found")
    assert built.status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_the_page_is_only_read(folder: Path, method: str) -> None:
    build_page(folder)
    async with calling(make_backend()) as client:
        answer: httpx.Response = await client.request(method, "/index.html")
    assert answer.status_code == 405
