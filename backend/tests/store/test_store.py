"""What callers see of a database that fails: a `StoreError` without anything of the inside, and its health."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import AsyncAdaptedQueuePool
from structlog.testing import capture_logs

from app.errors import StoreError
from app.ports import ConversationChange
from app.store.archive import Archive
from app.store.conversations import Conversations
from app.store.store import REMEMBERED_S, Store, StoreHealth
from app.store.tables import conversations
from tests.store.opened import LONG_AGO, Clock, hide_table, open_store, said, show_table
from tests.store.postgresql import PASSWORD, PostgresServer

SECRET = "nobody may see this"
LONG = text(
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) SELECT count(*) FROM r"
)


async def test_a_failure_is_a_store_error_that_shows_nothing_of_the_inside(store: Store) -> None:
    kept = Conversations(store)
    made = await kept.create("a")
    await hide_table(store)
    with capture_logs() as lines, pytest.raises(StoreError, match=r"^The database failed: .*\.$") as failed:
        await kept.save(made.id, "a", ConversationChange((said(SECRET),)))
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert [line["event"] for line in lines] == ["store.failed"]
    for shown in (str(failed.value), str(lines)):
        assert SECRET not in shown
        assert "items" not in shown
        assert PASSWORD not in shown


async def test_health_remembers_a_failed_write_until_one_succeeds_or_time_has_passed(
    store: Store, clock: Clock
) -> None:
    kept = Conversations(store)
    made = await kept.create("a")
    change = ConversationChange((said("Hello."),))
    shown = store.address.shown
    assert await store.health() == StoreHealth(shown, "ready", None)
    await hide_table(store)
    with pytest.raises(StoreError):
        await kept.save(made.id, "a", change)
    health = await store.health()
    assert (health.database, health.state) == (shown, "down")
    assert health.last_error
    clock.now += REMEMBERED_S
    assert (await store.health()).state == "ready"
    with pytest.raises(StoreError):
        await kept.save(made.id, "a", change)
    assert (await store.health()).state == "down"
    await show_table(store)
    await kept.save(made.id, "a", change)
    assert await store.health() == StoreHealth(shown, "ready", None)


async def test_trouble_is_told_once_and_so_is_its_end(store: Store) -> None:
    archive = Archive(store)
    await hide_table(store)
    with capture_logs() as lines:
        for _ in range(3):
            with pytest.raises(StoreError):
                await archive.list()
        await show_table(store)
        for _ in range(2):
            await archive.list()
    assert [(line["event"], line["kind"]) for line in lines] == [("store.failed", "read"), ("store.recovered", "read")]


async def test_work_that_has_begun_is_done_though_its_caller_is_cancelled_and_the_store_closed(
    url: str, tmp_path: Path
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(connection: AsyncConnection) -> None:
        row = {"id": "conv_1", "token": "t", "created_at": LONG_AGO, "updated_at": LONG_AGO}
        await connection.execute(insert(conversations).values(row))
        begun.set()
        await go_on.wait()

    async with open_store(url, tmp_path) as store:
        caller = asyncio.create_task(store.write("", work))
        await begun.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        asyncio.get_running_loop().call_soon(go_on.set)
    async with open_store(url, tmp_path) as store:
        assert (await Conversations(store).take("b", token="t")).id == "conv_1"


async def test_what_is_about_the_same_is_written_in_the_order_in_which_it_was_asked_for(store: Store) -> None:
    """Also when the first caller was cancelled meanwhile: else its older words would be written over newer ones."""
    done: list[str] = []
    go_on = asyncio.Event()

    async def first(connection: AsyncConnection) -> None:
        await go_on.wait()
        done.append("first")

    async def second(connection: AsyncConnection) -> None:
        done.append("second")

    leaving = asyncio.create_task(store.write("conv_1", first))
    await asyncio.sleep(0)
    leaving.cancel()
    staying = asyncio.create_task(store.write("conv_1", second))
    assert (await store.health()).state == "ready"
    assert done == []
    go_on.set()
    await staying
    assert done == ["first", "second"]


async def test_conversations_do_not_wait_for_each_other_where_the_database_can_do_both(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    first_began, second_began = asyncio.Event(), asyncio.Event()

    async def meet(begun: asyncio.Event, awaited: asyncio.Event) -> None:
        begun.set()
        await awaited.wait()

    async with open_store(await postgres.make_database(), tmp_path) as store:
        await asyncio.gather(
            store.write("conv_1", lambda _: meet(first_began, second_began)),
            store.write("conv_2", lambda _: meet(second_began, first_began)),
        )


async def test_a_failure_that_nobody_waits_for_any_more_is_still_told_to_the_log(store: Store) -> None:
    made = await Conversations(store).create("a")
    await hide_table(store)
    with capture_logs() as lines:
        saving = asyncio.create_task(Conversations(store).save(made.id, "a", ConversationChange((said("Hello."),))))
        await asyncio.sleep(0)
        saving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await saving
        await store.__aexit__()
    assert [line["event"] for line in lines] == ["store.failed"]


async def test_a_statement_has_an_end(url: str, tmp_path: Path) -> None:
    async with open_store(url, tmp_path, statement_s=0.2) as store:
        with pytest.raises(StoreError, match="did not answer in time"):
            await store.read(lambda connection: connection.execute(LONG))
        await Conversations(store).create("a")


async def test_another_programs_lock_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "kaiwa.db"
    async with open_store(f"sqlite:///{file}", tmp_path, statement_s=0.1) as store:
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds it"):
            await Conversations(store).create("a")
        assert (await Archive(store).list()).conversations == []
        holder.close()
        await Conversations(store).create("a")


async def test_the_writers_of_a_process_queue_for_one_connection(tmp_path: Path) -> None:
    """SQLite lets one write at a time, and whoever finds another one at it tries again later and later."""
    async with open_store("sqlite:///kaiwa.db", tmp_path) as store:
        kept = Conversations(store)
        await asyncio.gather(*(kept.create("a") for _ in range(20)))
        pool = store._engine.pool
        assert isinstance(pool, AsyncAdaptedQueuePool)
        assert pool.checkedin() == 1


async def test_nothing_is_written_into_a_file_that_was_removed(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path}/kept/kaiwa.db", tmp_path) as store:
        shutil.rmtree(tmp_path / "kept")
        assert (await store.health()).last_error == "no such file or directory"
        with pytest.raises(StoreError):
            await Conversations(store).create("a")


async def test_a_server_that_was_started_again_is_found_again(postgres: PostgresServer, tmp_path: Path) -> None:
    url = await postgres.make_database()
    async with open_store(url, tmp_path) as store:
        await Conversations(store).create("a")
        admin = await asyncpg.connect(url, timeout=10)
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kaiwa'")
        await admin.close()
        await Conversations(store).create("a")
        assert (await store.health()).state == "ready"


async def test_a_server_that_is_gone_is_a_store_error(postgres: PostgresServer, tmp_path: Path) -> None:
    url = await postgres.make_database()
    async with open_store(url, tmp_path) as store:
        admin = await asyncpg.connect(postgres.url("postgres"), timeout=10)
        await admin.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
        await admin.close()
        with pytest.raises(StoreError, match="there is no database of this name"):
            await Conversations(store).create("a")
        health = await store.health()
    assert (health.state, health.last_error) == ("down", "there is no database of this name")
    assert health.database == f"postgresql://127.0.0.1:{postgres.port}/{url.rpartition('/')[2]}"
