from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import main
from app.core.items import Item
from app.ports import ConversationChange, KeptItem
from app.store.conversations import Conversations
from app.store.memory import MemoryConversations
from app.store.store import Store
from tests.store.opened import LONG_AGO, Clock, answered, hide_table, open_store, said
from tests.web.serving import API_KEY, ELSEWHERE, calling, make_backend

PATH = "/v1/conversations"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/kaiwa.db"


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> MemoryConversations:
    """The backend's own."""
    made = MemoryConversations(lambda: 0.0, lambda: LONG_AGO)
    monkeypatch.setattr(main, "MemoryConversations", lambda *_, **__: made)
    return made


@pytest.fixture
async def client(private: MemoryConversations, url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(make_backend(database_url=url)) as calls:
        yield calls


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(client: httpx.AsyncClient, url: str, clock: Clock, tmp_path: Path) -> AsyncIterator[Store]:
    """The same database, as another process would have it."""
    async with open_store(url, tmp_path, clock) as opened:
        yield opened


async def talk(store: Store, *items: KeptItem) -> str:
    kept = Conversations(store)
    made = await kept.create("a")
    await kept.save(made.id, "a", ConversationChange(items))
    return made.id


def error_of(answer: httpx.Response) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["param"]


async def test_conversations_are_listed_the_newest_first(client: httpx.AsyncClient, store: Store, clock: Clock) -> None:
    older = await talk(store, said("東京の天気は？", 1), answered("晴れです。", 2))
    clock.now += 60.5
    newer = await talk(store, said("Hello.", 1))
    answer = await client.get(PATH)
    assert answer.headers["cache-control"] == "no-store"
    first = {"id": newer, "object": "conversation", "title": "Hello.", "messages": 1}
    second = {"id": older, "object": "conversation", "title": "東京の天気は？", "messages": 2}
    times = int(LONG_AGO)
    assert answer.json() == {
        "object": "list",
        "data": [
            first | {"created_at": times + 60, "updated_at": times + 60},
            second | {"created_at": times, "updated_at": times},
        ],
        "next": None,
    }


async def test_a_search_finds_words_of_both_languages(client: httpx.AsyncClient, store: Store) -> None:
    tower, road = await talk(store, said("東京タワー", 1)), await talk(store, said("Straße 100%", 1))
    for query, ids in (("ﾀﾜｰ", [tower]), ("STRASSE", [road]), ("%", [road]), ("nothing", [])):
        listed = await client.get(PATH, params={"query": query})
        assert [each["id"] for each in listed.json()["data"]] == ids


async def test_a_cursor_leads_to_the_next_page(client: httpx.AsyncClient, store: Store) -> None:
    ids = {await talk(store, said(str(number))) for number in range(5)}
    asked, seen = {"limit": "2"}, []
    for is_last in (False, False, True):
        page = (await client.get(PATH, params=asked)).json()
        seen += [each["id"] for each in page["data"]]
        assert (page["next"] is None) is is_last
        asked["cursor"] = page["next"]
    assert len(seen) == 5
    assert set(seen) == ids


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "x"),
        ("query", "x" * 201),
        ("cursor", "x"),
        ("cursor", "nan_conv"),
        ("cursor", "1e999_conv"),
        ("cursor", "1" * 101),
    ],
)
async def test_what_cannot_be_asked_is_refused(client: httpx.AsyncClient, name: str, value: str) -> None:
    assert error_of(await client.get(PATH, params={name: value})) == (400, "invalid_value", name)


async def test_the_limits_themselves_can_be_asked(client: httpx.AsyncClient) -> None:
    for asked in ({"limit": "1"}, {"limit": "100"}, {"query": "x" * 200}, {"cursor": "0_\0"}):
        assert (await client.get(PATH, params=asked)).json()["data"] == []


async def test_a_conversation_is_shown_with_what_was_heard_of_it(client: httpx.AsyncClient, store: Store) -> None:
    call = KeptItem(Item("call", "function_call", call_id="c1", name="f", arguments="{}"), 2)
    conversation_id = await talk(store, said("Hello.\ud800", 1), call, answered("Heard. Unheard.", 3, heard="Heard."))
    answer = await client.get(f"{PATH}/{conversation_id}")
    assert answer.headers["cache-control"] == "no-store"
    shown = answer.json()
    assert (shown["id"], shown["title"], shown["messages"]) == (conversation_id, "Hello.", 2)
    assert [(item["id"], item["type"], item["created_at"]) for item in shown["items"]] == [
        ("item_1", "message", int(LONG_AGO)),
        ("call", "function_call", int(LONG_AGO)),
        ("item_3", "message", int(LONG_AGO)),
    ]
    assert shown["items"][2]["content"] == [{"type": "output_audio", "transcript": "Heard."}]


async def test_a_conversation_gets_another_title(client: httpx.AsyncClient, store: Store) -> None:
    conversation_id = await talk(store, said("Hello.", 1))
    renamed = await client.patch(f"{PATH}/{conversation_id}", json={"title": "  東京の\n計画  "})
    assert (renamed.status_code, renamed.json()["title"]) == (200, "東京の 計画")
    assert renamed.headers["cache-control"] == "no-store"
    assert (await client.get(f"{PATH}/{conversation_id}")).json()["title"] == "東京の 計画"
    assert (await client.patch(f"{PATH}/{conversation_id}", json={"title": "x" * 200})).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_required_parameter"),
        ({"title": ""}, "invalid_value"),
        ({"title": " \n"}, "invalid_value"),
        ({"title": "x" * 201}, "invalid_value"),
        ({"title": 1}, "invalid_type"),
    ],
)
async def test_what_is_no_title_is_refused(client: httpx.AsyncClient, body: Any, code: str) -> None:
    assert error_of(await client.patch(f"{PATH}/conv_0", json=body)) == (400, code, "title")


async def test_a_conversation_is_deleted(client: httpx.AsyncClient, store: Store) -> None:
    conversation_id = await talk(store, said("Hello.", 1))
    deleted = await client.delete(f"{PATH}/{conversation_id}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(PATH)).json()["data"] == []
    assert error_of(await client.delete(f"{PATH}/{conversation_id}")) == (404, "conversation_not_found", None)


async def test_a_private_conversation_can_be_deleted_but_not_seen(
    private: MemoryConversations, client: httpx.AsyncClient
) -> None:
    made = await private.create("a")
    await private.save(made.id, "a", ConversationChange((said("Nobody knows."),)))
    assert (await client.get(PATH)).json()["data"] == []
    assert (await client.get(f"{PATH}/{made.id}")).status_code == 404
    assert (await client.delete(f"{PATH}/{made.id}")).status_code == 204
    assert (await client.delete(f"{PATH}/{made.id}")).status_code == 404


@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/export")])
@pytest.mark.parametrize("conversation_id", ["conv_0", "%00", "%ff", "x" * 1000])
async def test_what_there_is_not_is_not_found(
    client: httpx.AsyncClient, method: str, rest: str, conversation_id: str
) -> None:
    answer = await client.request(method, f"{PATH}/{conversation_id}{rest}", json={"title": "x"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] in {"conversation_not_found", "not_found"}


async def test_a_store_that_fails_is_a_503_that_tells_nothing_of_the_inside(
    client: httpx.AsyncClient, store: Store
) -> None:
    await hide_table(store)
    for answer in (
        await client.get(PATH),
        await client.get(f"{PATH}/conv_0"),
        await client.patch(f"{PATH}/conv_0", json={"title": "x"}),
    ):
        assert error_of(answer) == (503, "store_unavailable", None)
        assert "items" not in answer.text


async def test_conversations_are_for_those_with_a_key(url: str) -> None:
    async with calling(make_backend(database_url=url, **ELSEWHERE)) as client:
        assert error_of(await client.get(PATH)) == (401, "key_needed", None)
        assert (await client.delete(f"{PATH}/conv_0")).status_code == 401
        allowed = {"Authorization": f"Bearer {API_KEY}"}
        assert (await client.get(PATH, headers=allowed)).status_code == 200


async def test_a_page_elsewhere_may_change_them_only_if_it_is_named() -> None:
    async with calling(make_backend(allowed_origins="https://kaiwa.example")) as client:
        for method in ("PATCH", "DELETE"):
            asked = {"Origin": "https://kaiwa.example", "Access-Control-Request-Method": method}
            answer = await client.options(f"{PATH}/conv_0", headers=asked)
            assert method in answer.headers["access-control-allow-methods"]
            foreign = await client.request(method, f"{PATH}/conv_0", headers={"Origin": "https://evil.example"})
            assert error_of(foreign) == (403, "origin_not_allowed", None)


async def test_an_export_is_a_file_to_take_away(client: httpx.AsyncClient, store: Store) -> None:
    conversation_id = await talk(store, said("東京の天気は？", 1), answered("晴れです。", 2))
    markdown = await client.get(f"{PATH}/{conversation_id}/export")
    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert markdown.headers["content-disposition"].startswith('attachment; filename="Kaiwa 2001-09-09.md"; filename*=')
    assert markdown.headers["cache-control"] == "no-store"
    assert "# 東京の天気は？" in markdown.text
    as_json = await client.get(f"{PATH}/{conversation_id}/export", params={"format": "json"})
    assert as_json.headers["content-type"] == "application/json"
    assert "attachment;" in as_json.headers["content-disposition"]
    assert as_json.json() == (await client.get(f"{PATH}/{conversation_id}")).json()
    odd = await client.get(f"{PATH}/{conversation_id}/export", params={"format": "pdf"})
    assert error_of(odd) == (400, "invalid_value", "format")
