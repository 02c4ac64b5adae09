"""Items as rows, both ways."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping

from app.core.items import Item, Part
from app.ports import KeptItem
from app.store.words import fold


def to_row(conversation_id: str, kept: KeptItem, now: float) -> dict[str, Any]:
    """Return the row of an item; `now` is when it is created if it was not kept before."""
    item = kept.item
    return {
        "conversation_id": conversation_id,
        "id": item.id,
        "position": kept.position,
        "created_at": kept.created_at or now,
        "kind": item.kind,
        "role": item.role,
        "status": item.status,
        "parts": [asdict(part) for part in item.parts],
        "call_id": item.call_id,
        "name": item.name,
        "arguments": item.arguments,
        "output": item.output,
        "sentences": kept.sentences,
        "written": kept.written,
        "finished": kept.finished,
        "folded": fold(item.said),
    }


def from_row(row: RowMapping) -> KeptItem:
    """Return the item of a row."""
    item = Item(
        id=row["id"],
        kind=row["kind"],
        role=row["role"],
        parts=tuple(Part(**part) for part in row["parts"]),
        status=row["status"],
        call_id=row["call_id"],
        name=row["name"],
        arguments=row["arguments"],
        output=row["output"],
    )
    return KeptItem(
        item,
        position=row["position"],
        sentences=tuple((text, audio_ms) for text, audio_ms in row["sentences"]),
        written=row["written"],
        finished=row["finished"],
        created_at=row["created_at"],
    )
