"""The page as it was built: light, and made of files of its own only, as its Content-Security-Policy demands."""

import gzip
import re
from pathlib import Path

import pytest

from app.main import PAGE

MOST_SCRIPT_BYTES = 150_000  # compressed, of all scripts together
INLINE = re.compile(r"<style|\bstyle=|\bon\w+=|<script(?![^>]*\bsrc=)|data:", re.IGNORECASE)
ELSEWHERE = re.compile(r"""(?:src|href)=["']?(?:https?:)?//|url\(["']?(?:https?:)?//|@import""", re.IGNORECASE)


@pytest.fixture(scope="module")
def assets() -> list[Path]:
    if not (PAGE / "index.html").is_file():
        pytest.fail("The page is not built: make page")
    return sorted((PAGE / "assets").iterdir())


def test_its_scripts_weigh_little(assets: list[Path]) -> None:
    scripts = [file for file in assets if file.suffix == ".js"]
    assert sum(len(gzip.compress(file.read_bytes())) for file in scripts) <= MOST_SCRIPT_BYTES


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(assets: list[Path]) -> None:
    index = (PAGE / "index.html").read_text(encoding="utf-8")
    styles = [file.read_text(encoding="utf-8") for file in assets if file.suffix == ".css"]
    assert INLINE.findall(index) == []
    assert [ELSEWHERE.findall(text) for text in (index, *styles) if ELSEWHERE.search(text)] == []
    assert [style for style in styles if "data:" in style] == []


def test_the_worklets_are_files(assets: list[Path]) -> None:
    names = {re.sub(r"-[\w-]{8}\.js$", "", file.name) for file in assets}
    assert {"capture-worklet", "playback-worklet"} <= names
