"""Orders the turn machine gives; the session carries them out."""

from dataclasses import dataclass
from typing import Literal

from app.core.events import Utterance

CancelReason = Literal["turn_detected", "client_cancelled"]


@dataclass(frozen=True, slots=True)
class Duck:
    """Lower the assistant's voice: somebody may be speaking."""


@dataclass(frozen=True, slots=True)
class Unduck:
    """Bring the assistant's voice back. `nothing`: it was no speech; else speech began and this answer is over."""

    nothing: bool


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Find out what was said. With `held`, nothing of it may be seen before `Release`."""

    turn: int
    utterance: Utterance
    held: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer. With `held`, nothing of it may be seen before `Release`."""

    turn: int
    held: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """The turn that was worked on in secret is sure: let its work be seen."""

    turn: int


@dataclass(frozen=True, slots=True)
class Drop:
    """The turn that was worked on in secret never was: leave no trace of it."""

    turn: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the answer of this turn, and keep of it what was heard."""

    turn: int
    reason: CancelReason


@dataclass(frozen=True, slots=True)
class Apologize:
    """Tell the speaker in words that the turn failed."""

    turn: int
    code: str


Command = Duck | Unduck | Transcribe | Answer | Release | Drop | Cancel | Apologize
