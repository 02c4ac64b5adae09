"""What must not be in the repository: paths of one machine, package hosts, weights, secrets."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.settings import ROOT

FORBIDDEN = re.compile(
    r"/(?:root|home/\w+|work|Users/\w+)/"
    r"|(?:files\.)?python" + r"hosted\.org"
    r"|pypi" + r"\.org"
    r"|registry\.npm" + r"js\.org"
    r"|deb\.debi" + r"an\.org"
)
MOST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Return the files that are in the repository."""
    git = shutil.which("git")
    assert git, "this test needs git: sudo apt install git"
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True, timeout=30)  # noqa: S603 - fixed words
    return [file for name in listed.stdout.split("\0") if name and (file := ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_package_host(tracked: list[Path]) -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in tracked
        if (match := FORBIDDEN.search(file.read_bytes().decode(errors="ignore")))
    ]

    assert found == []


def test_no_file_is_large(tracked: list[Path]) -> None:
    assert [file.name for file in tracked if file.stat().st_size > MOST_BYTES] == []


def test_what_is_made_or_fetched_is_ignored(tracked: list[Path]) -> None:
    names = [str(file.relative_to(ROOT)) for file in tracked]

    assert [name for name in names if name.startswith(("data/", ".cache/", ".venv/")) or name == ".env"] == []
    assert [name for name in names if name.startswith("models/") and not name.endswith("README.md")] == []
