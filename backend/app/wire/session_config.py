"""The effective session: what holds now, how an update changes it, what it means for the rest of the program."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.core.events import Rules
from app.errors import RequestError
from app.wire.audio import FormatName
from app.wire.ids import new_id
from app.wire.received import check
from app.wire.response_params import ResponseParams
from app.wire.responses import ResponseObject
from app.wire.sent import JsonObject, Sent
from app.wire.session_shape import (
    Audio,
    AudioInput,
    AudioOutput,
    ConversationChoice,
    SessionShape,
    Transcription,
    TurnDetection,
)

MERGED = {"audio", "input", "output", "transcription", "noise_reduction", "turn_detection", "kaiwa"}
"""Objects whose fields are changed one by one; every other value is replaced as a whole."""
_WITHOUT_OFF = {"audio", "input", "output", "voice"}
"""Fields that null cannot switch off: it leaves them as they are."""


@dataclass(frozen=True, slots=True)
class OpenConversation(Sent):
    """The conversation that the session is of, as the client is told."""

    id: str
    token: str
    kept: bool


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """A complete session; immutable, so that an answer under way keeps the one it began with."""

    id: str
    model: str
    shape: SessionShape
    usual_turn_detection: TurnDetection  # the operator's, for a client that switches it off and on again
    conversation: OpenConversation | None = None  # None: nothing is kept

    @classmethod
    def default(
        cls,
        model: str,
        voice: str,
        *,
        turn_detection: TurnDetection | None = None,
        instructions: str = "",
        session_id: str | None = None,
    ) -> "SessionConfig":
        """Return what holds before the client's first update."""
        usual = turn_detection or TurnDetection()
        audio = Audio(input=AudioInput(turn_detection=usual), output=AudioOutput(voice=voice))
        shape = SessionShape(instructions=instructions, audio=audio)
        return cls(session_id or new_id("sess"), model, shape, usual)

    def merged(self, update: Mapping[str, Any]) -> "SessionConfig":
        """Return the session after an update: absent is unchanged, null is off (or the default).

        Raises:
            RequestError: a value that we cannot serve; `param` begins with `session.`.
        """
        return self._merged(update, "session")

    def for_response(self, params: ResponseParams | None) -> "SessionConfig":
        """Return the session as it holds for one response that the client asked for.

        Raises:
            RequestError: `tool_choice` names a function that there is not.
        """
        return self if params is None else self._merged(params.session_part(), "response")

    def _merged(self, update: Mapping[str, Any], param: str) -> "SessionConfig":
        merged = _merge(self.shape.model_dump(), update, self.usual_turn_detection.model_dump())
        shape = check(SessionShape, merged, param)
        chosen = shape.tool_choice
        if isinstance(chosen, dict) and chosen["name"] not in {tool.name for tool in shape.tools}:
            raise RequestError("There is no tool of that name.", param=f"{param}.tool_choice")
        return replace(self, shape=shape)

    def wire(self) -> JsonObject:
        """Return the session as `session.created` and `session.updated` show it."""
        shape = self.shape
        shown: JsonObject = {
            "type": "realtime",
            "object": "realtime.session",
            "id": self.id,
            "model": self.model,
            "output_modalities": shape.output_modalities,
            "instructions": shape.instructions,
            "audio": {"input": self._input_wire(), "output": {**self.output_audio, "speed": self.speed}},
            "tools": [tool.model_dump(exclude_none=True) for tool in shape.tools],
            # A client dies of an object here; a function that must be called is the nearest to "required".
            "tool_choice": "required" if isinstance(shape.tool_choice, dict) else shape.tool_choice,
            "parallel_tool_calls": shape.parallel_tool_calls,
            "max_output_tokens": shape.max_output_tokens,
            "truncation": shape.truncation,
            "tracing": shape.tracing,
            "prompt": shape.prompt,
            "include": shape.include,
            "reasoning": shape.reasoning,
        }
        if shape.kaiwa is not None:
            open_now = self.conversation and self.conversation.wire()
            shown["kaiwa"] = shape.kaiwa.model_dump() | {"conversation": open_now}
        return shown

    def _input_wire(self) -> JsonObject:
        given = self.shape.audio.input
        return {
            "format": given.format.wire(),
            "transcription": given.transcription and given.transcription.model_dump(exclude_none=True),
            "noise_reduction": given.noise_reduction and given.noise_reduction.wire(),
            "turn_detection": given.turn_detection and given.turn_detection.wire(),
        }

    def new_response(
        self, response_id: str, *, conversation_id: str | None = None, metadata: dict[str, str] | None = None
    ) -> ResponseObject:
        """Return a response in progress; without `conversation_id` it is out of band."""
        return ResponseObject(
            id=response_id,
            output_modalities=list(self.shape.output_modalities),
            max_output_tokens=self.shape.max_output_tokens,
            audio={"output": self.output_audio},
            conversation_id=conversation_id,
            metadata=metadata,
        )

    @property
    def output_audio(self) -> JsonObject:
        """Format and voice, as the session and each response show them."""
        return {"format": self.shape.audio.output.format.wire(), "voice": self.voice}

    @property
    def input_format(self) -> FormatName:
        """What the client sends."""
        return self.shape.audio.input.format.type

    @property
    def output_format(self) -> FormatName:
        """What the client wants to get."""
        return self.shape.audio.output.format.type

    @property
    def voice(self) -> str:
        """The name that was asked for; it need not be one that we have."""
        return self.shape.audio.output.voice

    @property
    def speed(self) -> float:
        """Of the voice; 1 is its own."""
        return self.shape.audio.output.speed

    @property
    def wants_audio(self) -> bool:
        """Whether answers are spoken."""
        return self.shape.output_modalities == ["audio"]

    @property
    def instructions(self) -> str:
        """The client's system prompt."""
        return self.shape.instructions

    @property
    def tools(self) -> list[JsonObject]:
        """The functions, as the chat completions protocol has them."""
        return [tool.chat() for tool in self.shape.tools]

    @property
    def tool_choice(self) -> Literal["auto", "none", "required"] | JsonObject:
        """Which function to call, as the chat completions protocol has it."""
        chosen: Any = self.shape.tool_choice
        return {"type": "function", "function": {"name": chosen["name"]}} if isinstance(chosen, dict) else chosen

    @property
    def max_output_tokens(self) -> int | None:
        """How long an answer may be; None is as long as it likes."""
        most = self.shape.max_output_tokens
        return None if most == "inf" else most

    @property
    def temperature(self) -> float | None:
        """Of the language model; None leaves it to the server."""
        return self.shape.kaiwa.temperature if self.shape.kaiwa else None

    @property
    def conversation_choice(self) -> ConversationChoice | None:
        """The conversation that the client asked for."""
        return self.shape.kaiwa.conversation if self.shape.kaiwa else None

    @property
    def conversation_id(self) -> str:
        """What responses name as their conversation; without one that is kept, it is the session's own."""
        return self.conversation.id if self.conversation else f"conv_{self.id.removeprefix('sess_')}"

    @property
    def kaiwa_enabled(self) -> bool:
        """Whether the client understands our own events."""
        return self.shape.kaiwa is not None

    @property
    def language(self) -> str | None:
        """The language that will be spoken, as a bare lower-case code; None means find out."""
        transcription = self.shape.audio.input.transcription
        tag = (self.shape.kaiwa and self.shape.kaiwa.language) or (transcription and transcription.language)
        return tag.split("-")[0].lower() if tag else None

    @property
    def transcription(self) -> Transcription | None:
        """What the client asked for; None if it does not want to be told what was heard."""
        return self.shape.audio.input.transcription

    @property
    def turn_detection(self) -> TurnDetection | None:
        """None: the client says itself when an utterance is over."""
        return self.shape.audio.input.turn_detection

    @property
    def turn_rules(self) -> Rules:
        """What happens by itself: nothing, without turn detection."""
        detection = self.turn_detection
        return Rules(detection.create_response, detection.interrupt_response) if detection else Rules(False, False)

    @property
    def threshold(self) -> float:
        """The probability from which on a frame is voice."""
        return (self.turn_detection or self.usual_turn_detection).threshold

    @property
    def prefix_padding_ms(self) -> int:
        """How much is kept from before the first voiced sample."""
        return (self.turn_detection or self.usual_turn_detection).prefix_padding_ms

    @property
    def end_silence_ms(self) -> int:
        """How much silence ends an utterance."""
        return (self.turn_detection or self.usual_turn_detection).silence_ms


def _merge(now: Mapping[str, Any], update: Mapping[str, Any], usual_turn_detection: JsonObject) -> JsonObject:
    merged = dict(now)
    for name, value in update.items():
        if value is None or (name == "turn_detection" and value is False):  # one client says off with false
            if name not in _WITHOUT_OFF:
                merged.pop(name, None)
        elif name in MERGED and isinstance(value, Mapping):
            base = merged.get(name) or (usual_turn_detection if name == "turn_detection" else {})
            merged[name] = _merge(base, value, usual_turn_detection)
        else:
            merged[name] = value
    return merged
