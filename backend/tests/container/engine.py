"""Docker's command line, as far as tests of a container need it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

IMAGE = os.environ.get("FRONTEND_IMAGE", "")
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
PATIENCE_S = 60


def docker(*words: str) -> str:
    """Run a command and return what it says."""
    program = shutil.which("docker")
    assert program, "this test needs Docker"
    done = subprocess.run(  # noqa: S603 - words of these tests
        [program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


@contextmanager
def container(*options: str) -> Iterator[str]:
    """Run the image with as few rights as it should need; yields the container's id, and removes it."""
    name = docker("run", "--detach", *HARDENED, *options, IMAGE)
    try:
        yield name
    finally:
        docker("rm", "--force", "--volumes", name)
