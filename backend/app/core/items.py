"""What a conversation is made of: messages, function calls and their results, in the words of the Realtime API."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["message", "function_call", "function_call_output"]
Role = Literal["user", "assistant", "system"]
PartKind = Literal["input_text", "input_audio", "output_text", "output_audio"]
Status = Literal["in_progress", "completed", "incomplete"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message. `text` is the transcript where the piece is sound, None as long as it is not known.

    `heard` is how much of the text the speaker heard; None: all of it.
    """

    kind: PartKind
    text: str | None = None
    heard: str | None = None

    @property
    def said(self) -> str:
        """What counts as said."""
        return (self.text or "") if self.heard is None else self.heard


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a conversation. A message has a role and parts, a call and its result have the fields below."""

    id: str
    kind: Kind = "message"
    role: Role | None = None
    parts: tuple[Part, ...] = ()
    status: Status = "completed"
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | None = None

    @property
    def said(self) -> str:
        """What a message says, as far as it was heard."""
        return " ".join(part.said for part in self.parts if part.said).strip()

    @property
    def cut_off(self) -> bool:
        """Whether less was heard than the message says."""
        return any(part.heard is not None and part.heard.strip() != (part.text or "").strip() for part in self.parts)
