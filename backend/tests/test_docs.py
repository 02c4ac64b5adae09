"""What the pages promise exists: links, settings, make targets, programs."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.settings import ROOT, Settings

PAGES = sorted(
    [
        page
        for place in ("*", "docs/**/*", "docker/**/*", "models/*/*", "references/**/*")
        for page in ROOT.glob(f"{place}.md")
    ]
)
GROUPS = {name.upper().split("_")[0] for name in Settings.model_fields}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(params=PAGES, ids=name_of)
def page(request: pytest.FixtureRequest) -> Path:
    """Return each page in turn."""
    found: Path = request.param
    return found


def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_settings_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"\b[A-Z]+(?:_[A-Z0-9]+)+\b", page.read_text(encoding="utf-8"))
    ours = {name for name in named if name.split("_")[0] in GROUPS and not name.endswith("_BIN")}

    assert ours <= {name.upper() for name in Settings.model_fields}


def test_make_targets_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"(?:`|^|\n)make ([a-z0-9]+)", page.read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert named <= targets


def test_programs_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"python -m (app(?:\.\w+)+)", page.read_text(encoding="utf-8"))

    assert [program for program in named if find_spec(program) is None] == []


def test_every_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    explained = set(re.findall(r"^([a-z0-9-]+):.*## \w", makefile, re.MULTILINE))

    assert explained == targets
