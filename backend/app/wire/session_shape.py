"""What a client may set of a session: the shapes, the ranges we serve, the protocol's defaults."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from app.wire.audio import RATES, FormatName
from app.wire.received import AnyObject, Received, refused
from app.wire.sent import JsonObject

Modality = Literal["audio", "text"]
LanguageTag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]
_EAGER_SILENCE_MS = {"high": 300, "medium": 500, "auto": 500, "low": 1000}
Wait = Annotated[int, Field(ge=0, le=10_000)]


class AudioFormat(Received):
    """`{"type": "audio/pcm", "rate": 24000}`, Opus at 48000, or G.711; each has one rate, which may be left out."""

    type: FormatName
    rate: int | None = None

    @field_validator("rate")
    @classmethod
    def _is_its_rate(cls, rate: int | None, info: ValidationInfo) -> int | None:
        name: FormatName | None = info.data.get("type")
        if name and rate not in {None, RATES[name]}:
            raise refused(f"{name} is served at {RATES[name]} Hz only.")
        return rate

    def wire(self) -> JsonObject:
        """Return the format as it is echoed."""
        is_telephone = self.type in {"audio/pcmu", "audio/pcma"}
        return {"type": self.type} if is_telephone else {"type": self.type, "rate": RATES[self.type]}


PCM = AudioFormat(type="audio/pcm")


def _never(value: object) -> None:
    if value is not None:
        raise refused("The assistant does not speak up by itself: leave idle_timeout_ms out, or null.")


class TurnDetection(Received):
    """Both kinds in one: a client that changes the kind keeps the other kind's values."""

    type: Literal["server_vad", "semantic_vad"] = "server_vad"
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    prefix_padding_ms: Wait = 300
    silence_duration_ms: Wait = 500
    idle_timeout_ms: Annotated[None, PlainValidator(_never)] = None
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True

    @property
    def silence_ms(self) -> int:
        """How much silence ends an utterance."""
        return self.silence_duration_ms if self.type == "server_vad" else _EAGER_SILENCE_MS[self.eagerness]

    def wire(self) -> JsonObject:
        """Return what belongs to its kind, defaults included: clients act on an `interrupt_response` they are told."""
        if self.type == "server_vad":
            return self.model_dump(exclude={"eagerness"})
        return self.model_dump(include={"type", "eagerness", "create_response", "interrupt_response"})


class Transcription(Received):
    """What the client would like of the transcription; the model's name is echoed, ours is used."""

    model: str = "whisper-1"
    language: LanguageTag | None = None
    languages: list[LanguageTag] | None = None
    prompt: str | None = None
    keywords: list[str] | None = None
    delay: str | None = None


class NoiseReduction(Received):
    """Echoed; noise is the gate's business."""

    type: Literal["near_field", "far_field"] | None = None
    strength: float | None = None

    def wire(self) -> JsonObject:
        """Return it with `type` even if null, which one client demands."""
        return {"type": self.type} if self.strength is None else self.model_dump()


class AudioInput(Received):
    """What comes from the client."""

    format: AudioFormat = PCM
    noise_reduction: NoiseReduction | None = None
    transcription: Transcription | None = None
    turn_detection: TurnDetection | None = None


def voice_name(value: object) -> str:
    """Take the name itself or `{"id": name}`; clients only bear the name in what we send."""
    name = value.get("id") if isinstance(value, dict) else value
    if not isinstance(name, str) or not 0 < len(name) <= 200:  # noqa: PLR2004 - longer than any name of a folder
        raise refused('A voice is a name, or {"id": name}.')
    return name


class AudioOutput(Received):
    """What goes to the client."""

    format: AudioFormat = PCM
    voice: Annotated[str, PlainValidator(voice_name)]
    speed: Annotated[float, Field(ge=0.25, le=1.5)] = 1.0


class Audio(Received):
    """Both directions."""

    input: AudioInput = AudioInput()
    output: AudioOutput


class FunctionTool(Received):
    """A function that the client runs for the model."""

    type: Literal["function"]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    description: str | None = None
    parameters: AnyObject = Field(default_factory=lambda: {"type": "object", "properties": {}})

    def chat(self) -> JsonObject:
        """Return the tool as the chat completions protocol has it."""
        return {"type": "function", "function": self.model_dump(exclude={"type"}, exclude_none=True)}


def _tool_choice(value: object) -> Any:
    if value in ("auto", "none", "required"):
        return value
    if isinstance(value, dict) and value.get("type") == "function" and isinstance(value.get("name"), str):
        return {"type": "function", "name": value["name"]}
    raise refused('tool_choice is "auto", "none", "required" or {"type": "function", "name": name}.')


def _max_output_tokens(value: object) -> int | str:
    if value == "inf" or (type(value) is int and 1 <= value <= 4096):  # noqa: PLR2004 - the protocol's range
        return value
    raise refused('max_output_tokens is a whole number from 1 to 4096, or "inf".')


def _one_modality(value: list[Modality]) -> list[Modality]:
    if len(value) != 1:
        raise refused('Choose ["audio"], which comes with its transcript, or ["text"].')
    return value


def _auto_or_object(value: object) -> Any:
    if value in ("auto", "disabled", None) or isinstance(value, dict):
        return value
    raise refused('This is "auto", an object or null.')


OutputModalities = Annotated[list[Modality], AfterValidator(_one_modality)]
ToolChoice = Annotated[Any, PlainValidator(_tool_choice)]
"""A string, or the dictionary that names a function."""
MaxOutputTokens = Annotated[int | Literal["inf"], PlainValidator(_max_output_tokens)]
Tools = Annotated[list[FunctionTool], Field(max_length=128)]
Instructions = Annotated[str, Field(max_length=100_000)]
Metadata = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=16)
]


class HeardShape(Received):
    """How much of an answer the client has played."""

    item_id: Annotated[str, Field(min_length=1, max_length=512)]
    audio_end_ms: Annotated[int, Field(ge=0)]


class ConversationChoice(Received, extra="forbid"):
    """Which conversation the session is of: a new one (`keep`), an old one (`id`), or one to take up (`token`)."""

    keep: bool | None = None  # false: private, nothing of it is written to disk
    id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    token: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    heard: HeardShape | None = None  # of the last answer, with `token`, if it was not played to its end

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(value is not None for value in (self.keep, self.id, self.token)) != 1:
            raise refused("Name one of keep, id and token.")
        if self.heard and not self.token:
            raise refused("heard goes with token.")
        return self


class KaiwaOptions(Received, extra="forbid"):
    """Our own part of a session. A client that sends it, even empty, gets our `kaiwa.*` events."""

    language: LanguageTag | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    conversation: ConversationChoice | None = None


class SessionShape(Received):
    """A complete session."""

    output_modalities: OutputModalities = Field(default=["audio"])
    instructions: Instructions = ""
    audio: Audio
    tools: Tools = Field(default_factory=list)
    tool_choice: ToolChoice = "auto"
    max_output_tokens: MaxOutputTokens = "inf"
    kaiwa: KaiwaOptions | None = None
    parallel_tool_calls: bool = True
    # Echoed: they mean nothing here, and clients send them unasked.
    truncation: Annotated[Any, PlainValidator(_auto_or_object)] = "auto"
    tracing: Annotated[Any, PlainValidator(_auto_or_object)] = None
    prompt: AnyObject | None = None
    include: list[str] | None = None
    reasoning: AnyObject | None = None
