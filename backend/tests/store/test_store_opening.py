"""The database at the start: made, brought up to date, or refused in one sentence."""

import asyncio
import fcntl
import os
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import SettingsError
from app.ports import ConversationChange
from app.store.conversations import Conversations
from app.store.migrations import upgrade
from app.store.opening import UNUSED_S
from app.store.store import Store
from app.store.tables import conversations, metadata
from tests.store.opened import Clock, open_store, said
from tests.store.postgresql import PASSWORD, PostgresServer


def differences(connection: Connection) -> list[object]:
    """What the migrations made other than the tables say."""
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    assert await store.read(lambda connection: connection.run_sync(differences)) == []


async def test_a_difference_would_be_seen(store: Store) -> None:
    await store.write("", lambda connection: connection.execute(text("ALTER TABLE items DROP COLUMN written")))
    assert "written" in str(await store.read(lambda connection: connection.run_sync(differences)))


async def test_a_second_start_keeps_what_is_there(url: str, tmp_path: Path) -> None:
    async with open_store(url, tmp_path) as first:
        made = await Conversations(first).create("a")
    async with open_store(url, tmp_path) as second:
        assert (await Conversations(second).take("b", token=made.token)).id == made.id


async def test_several_can_start_at_once(url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        opening = [stack.enter_async_context(open_store(url, tmp_path)) for _ in range(5)]
        stores = await asyncio.gather(*opening)
        made = await Conversations(stores[0]).create("a")
        for store in stores:
            assert (await Conversations(store).take("b", token=made.token)).id == made.id


async def test_who_starts_waits_for_another_who_is_at_it(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on, upgrading = asyncio.Event(), asyncio.Event()
    upgrade = AsyncConnection.run_sync

    async def slowly(*args: object) -> object:
        upgrading.set()
        await going_on.wait()
        return await upgrade(*args)  # type: ignore[arg-type]  # whatever it was given

    monkeypatch.setattr(AsyncConnection, "run_sync", slowly)
    async with AsyncExitStack() as stack:
        first = asyncio.create_task(stack.enter_async_context(open_store(url, tmp_path)))
        await upgrading.wait()
        upgrading.clear()
        second = asyncio.create_task(stack.enter_async_context(open_store(url, tmp_path)))
        _, waiting = await asyncio.wait((first, second), timeout=0.1)
        assert waiting == {first, second}
        assert not upgrading.is_set()
        going_on.set()
        await asyncio.gather(first, second)


async def test_nobody_touches_the_file_while_another_process_opens_it(tmp_path: Path) -> None:
    with (tmp_path / "kaiwa.db").open("wb") as file:  # empty, as it is just before the first process writes
        holder = os.open(tmp_path, os.O_RDONLY)
        fcntl.flock(holder, fcntl.LOCK_EX)
        async with AsyncExitStack() as stack:
            opening = asyncio.create_task(stack.enter_async_context(open_store("sqlite:///kaiwa.db", tmp_path)))
            _, waiting = await asyncio.wait((opening,), timeout=0.1)
            assert waiting
            assert file.seek(0, os.SEEK_END) == 0
            os.close(holder)
            assert (await (await opening).health()).state == "ready"


async def test_nobody_writes_into_what_is_being_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite refuses a transaction that has read before somebody else wrote, unless it said that it would write."""
    file = tmp_path / "kaiwa.db"

    def look(connection: Connection) -> None:
        upgrade(connection)
        other = sqlite3.connect(file, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DELETE FROM conversations")
        other.close()

    async with open_store(f"sqlite:///{file}", tmp_path):
        pass
    monkeypatch.setattr("app.store.opening.upgrade", look)
    async with open_store(f"sqlite:///{file}", tmp_path):
        pass


async def test_a_database_of_a_newer_version_is_left_alone(url: str, tmp_path: Path) -> None:
    async with open_store(url, tmp_path) as store:
        newer = text("UPDATE alembic_version SET version_num = '9999'")
        await store.write("", lambda connection: connection.execute(newer))
    with pytest.raises(SettingsError, match=r"^DATABASE_URL leads to a database of a newer version of Kaiwa: .*\.$"):
        async with open_store(url, tmp_path):
            pass


async def test_another_programs_tables_are_left_alone(url: str, tmp_path: Path) -> None:
    async with open_store(url, tmp_path) as store:
        await store.write("", lambda connection: connection.execute(text("DROP TABLE alembic_version")))
    with pytest.raises(SettingsError, match=r"^DATABASE_URL leads to .*, which cannot be used: .*\.$"):
        async with open_store(url, tmp_path):
            pass


async def test_what_nobody_said_anything_in_is_forgotten_after_days(url: str, tmp_path: Path, clock: Clock) -> None:
    async with open_store(url, tmp_path, clock) as store:
        kept = Conversations(store)
        lost = await kept.create("gone")
        used = await kept.create("gone")
        await kept.save(used.id, "gone", ConversationChange((said("Hello."),)))
        clock.now += UNUSED_S
        fresh = await kept.create("gone")
    clock.now += 1
    async with open_store(url, tmp_path, clock) as store:
        ids = await store.read(lambda connection: connection.execute(select(conversations.c.id)))
        assert set(ids.scalars()) == {used.id, fresh.id}
        assert lost.id


async def test_file_and_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        async with open_store("sqlite:///new/kaiwa.db", tmp_path) as store:
            await Conversations(store).create("a")
            modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "new").iterdir()}
    finally:
        os.umask(before)
    assert modes == {"kaiwa.db": 0o600, "kaiwa.db-wal": 0o600, "kaiwa.db-shm": 0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["kaiwa.db"]


def no_folder(root: Path) -> None:
    (root / "kaiwa").write_text("a file")


def no_database(root: Path) -> None:
    (root / "kaiwa").mkdir()
    (root / "kaiwa/kaiwa.db").write_text("This is no database. " * 100)


def a_folder(root: Path) -> None:
    (root / "kaiwa/kaiwa.db").mkdir(parents=True)


@pytest.mark.parametrize(
    ("prepare", "why"),
    [(no_folder, "file exists"), (no_database, "its file is no database"), (a_folder, "is a directory")],
)
async def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, prepare: object, why: str) -> None:
    assert callable(prepare)
    prepare(tmp_path)
    with pytest.raises(SettingsError) as wrong:
        async with open_store("sqlite:///kaiwa/kaiwa.db", tmp_path):
            pass
    assert str(wrong.value) == f"DATABASE_URL leads to sqlite:///kaiwa/kaiwa.db, which cannot be used: {why}."


async def test_a_file_that_may_not_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def access(path: object, mode: int) -> bool:  # the tests may run as root, who may do everything
        return not mode & os.W_OK

    monkeypatch.setattr(os, "access", access)
    with pytest.raises(SettingsError, match=r"kaiwa\.db, which cannot be used: permission denied\.$"):
        async with open_store("sqlite:///kaiwa.db", tmp_path):
            pass


async def test_a_file_that_somebody_holds_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "kaiwa.db"
    with sqlite3.connect(file, isolation_level=None) as holder:
        holder.execute("PRAGMA journal_mode = WAL")
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(SettingsError, match=r"kaiwa\.db, which cannot be used: another program holds it\.$"):
            async with open_store(f"sqlite:///{file}", tmp_path, statement_s=0.1):
                pass
    holder.close()


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        (PASSWORD, "guessed-it", "the password is wrong"),
        ("/postgres", "/nothing", "there is no database of this name"),
        ("kaiwa:", "nobody:", "the password is wrong"),
    ],
)
async def test_a_server_that_does_not_let_us_in_is_one_sentence(
    postgres: PostgresServer, tmp_path: Path, right: str, wrong: str, why: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        async with open_store(postgres.url("postgres").replace(right, wrong, 1), tmp_path):
            pass
    assert str(refused.value).startswith(f"DATABASE_URL leads to postgresql://127.0.0.1:{postgres.port}/")
    assert str(refused.value).endswith(f", which cannot be used: {why}.")
    assert PASSWORD not in str(refused.value)
    assert "guessed-it" not in str(refused.value)


async def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL leads to postgresql://127\.0\.0\.1:9/k, .*refused.*\.$"):
        async with open_store("postgresql://kaiwa:swordfish@127.0.0.1:9/k?sslmode=disable", tmp_path):
            pass


async def test_a_server_is_found_by_its_socket(postgres: PostgresServer, tmp_path: Path) -> None:
    database = (await postgres.make_database()).rpartition("/")[2]
    url = f"postgresql://kaiwa:{PASSWORD}@:{postgres.port}/{database}?host={postgres.folder}"
    async with open_store(url, tmp_path) as store:
        assert (await store.health()).state == "ready"
