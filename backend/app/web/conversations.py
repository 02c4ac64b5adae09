"""`/v1/conversations`: the kept ones as people look through them, and each as a file to take away."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from app.errors import RequestError, UnknownConversation
from app.ports import KeptItem
from app.store.archive import Archive, Place, Summary
from app.web.body import read_body
from app.web.export import as_json, as_markdown, disposition
from app.wire.items import to_wire
from app.wire.received import Received, check
from app.wire.sent import JsonObject, encode

PATH = "/v1/conversations"
NO_STORE = {"Cache-Control": "no-store"}
_NAMES = ("query", "limit", "cursor", "format")
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Asked(Received):
    """What may stand behind the `?`: texts, as they come in an address."""

    query: Annotated[str, Field(max_length=200)] = ""
    limit: Annotated[int, Field(strict=False, ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=100)] | None = None
    format: Literal["markdown", "json"] = "markdown"


class Renaming(Received):
    """The body of `PATCH`."""

    title: Title


def conversation_routes(archive: Archive, forget: Callable[[str], bool]) -> APIRouter:
    """Return the routes; `forget` deletes a private conversation and says whether there was one."""
    router = APIRouter()

    @router.get(PATH, response_model=None)
    async def list_some(request: Request) -> Response:
        asked = _asked(request)
        page = await archive.list(asked.query, limit=asked.limit, after=_read_cursor(asked.cursor))
        data = [_summary(each) for each in page.conversations]
        return _answer({"object": "list", "data": data, "next": page.next and _cursor(page.next)})

    @router.get(PATH + "/{conversation_id}", response_model=None)
    async def show(conversation_id: str) -> Response:
        return _answer(_whole(*await archive.get(conversation_id)))

    @router.patch(PATH + "/{conversation_id}", response_model=None)
    async def rename(conversation_id: str, request: Request) -> Response:
        title = (await read_body(request, Renaming)).title
        return _answer(_summary(await archive.rename(conversation_id, " ".join(title.split()))))

    @router.delete(PATH + "/{conversation_id}", response_model=None)
    async def delete(conversation_id: str) -> Response:
        if not (forget(conversation_id) or await archive.delete(conversation_id)):
            raise UnknownConversation
        return Response(status_code=204, headers=NO_STORE)

    @router.get(PATH + "/{conversation_id}/export", response_model=None)
    async def export(conversation_id: str, request: Request) -> Response:
        is_json = _asked(request).format == "json"
        summary, items = await archive.get(conversation_id)
        body = as_json(_whole(summary, items)) if is_json else as_markdown(summary, items)
        kind, ending = ("application/json", "json") if is_json else ("text/markdown; charset=utf-8", "md")
        headers = NO_STORE | {"Content-Disposition": disposition(summary, ending)}
        return Response(body, media_type=kind, headers=headers)

    return router


def _asked(request: Request) -> Asked:
    given = request.query_params
    return check(Asked, {name: given[name] for name in _NAMES if name in given})


def _answer(content: JsonObject) -> Response:
    return Response(encode(content), media_type="application/json", headers=NO_STORE)


def _summary(summary: Summary) -> JsonObject:
    return {
        "id": summary.id,
        "object": "conversation",
        "title": summary.title,
        "created_at": int(summary.created_at),
        "updated_at": int(summary.updated_at),
        "messages": summary.messages,
    }


def _whole(summary: Summary, items: Sequence[KeptItem]) -> JsonObject:
    shown = [to_wire(kept.item) | {"created_at": int(kept.created_at)} for kept in items]
    return _summary(summary) | {"items": shown}


def _cursor(place: Place) -> str:
    return f"{place[0]!r}_{place[1]}"


def _read_cursor(text: str | None) -> Place | None:
    if not text:
        return None
    at, _, conversation_id = text.partition("_")
    try:
        updated_at = float(at)
    except ValueError:
        updated_at = float("nan")
    if not isfinite(updated_at):
        raise RequestError("The cursor is none that was given out here.", param="cursor")
    return updated_at, conversation_id
