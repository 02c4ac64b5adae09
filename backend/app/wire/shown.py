"""How the objects look that we send as dictionaries: items, sessions, formats, counts.

The page's types are made from these shapes, and a test holds them to what is really sent.
"""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic cannot read those of Python 3.11

from app.core.items import Role, Status
from app.wire.audio import FormatName
from app.wire.session_shape import Modality


class TextPart(TypedDict):
    """Written words."""

    type: Literal["input_text", "output_text"]
    text: str


class InputAudioPart(TypedDict):
    """What the speaker said; null as long as it is not known."""

    type: Literal["input_audio"]
    transcript: str | None


class OutputAudioPart(TypedDict):
    """What the assistant said, as far as it was heard."""

    type: Literal["output_audio"]
    transcript: str


Part = TextPart | InputAudioPart | OutputAudioPart


class MessageItem(TypedDict):
    """Something said or written."""

    id: str
    object: Literal["realtime.item"]
    type: Literal["message"]
    status: Status
    role: Role
    content: list[Part]


class FunctionCallItem(TypedDict):
    """The model calls a function of the client's; `arguments` is JSON text."""

    id: str
    object: Literal["realtime.item"]
    type: Literal["function_call"]
    status: Status
    call_id: str
    name: str
    arguments: str


class FunctionOutputItem(TypedDict):
    """What the function returned."""

    id: str
    object: Literal["realtime.item"]
    type: Literal["function_call_output"]
    status: Status
    call_id: str
    output: str


Item = MessageItem | FunctionCallItem | FunctionOutputItem


class Format(TypedDict):
    """Of sound, one way."""

    type: FormatName
    rate: NotRequired[int]


class ShownTranscription(TypedDict):
    """What the client asked for."""

    model: str
    language: NotRequired[str]
    languages: NotRequired[list[str]]
    prompt: NotRequired[str]
    keywords: NotRequired[list[str]]
    delay: NotRequired[str]


class ShownNoiseReduction(TypedDict):
    """Echoed only."""

    type: Literal["near_field", "far_field"] | None
    strength: NotRequired[float]


class ServerVad(TypedDict):
    """So much silence ends an utterance."""

    type: Literal["server_vad"]
    threshold: float
    prefix_padding_ms: int
    silence_duration_ms: int
    idle_timeout_ms: None
    create_response: bool
    interrupt_response: bool


class SemanticVad(TypedDict):
    """The same, with one word instead of numbers."""

    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"]
    create_response: bool
    interrupt_response: bool


class ShownInput(TypedDict):
    """What comes from the client."""

    format: Format
    transcription: ShownTranscription | None
    noise_reduction: ShownNoiseReduction | None
    turn_detection: ServerVad | SemanticVad | None


class ShownOutput(TypedDict):
    """What goes to the client; a response shows no speed."""

    format: Format
    voice: str
    speed: NotRequired[float]


class SessionAudio(TypedDict):
    """Both directions."""

    input: ShownInput
    output: ShownOutput


class ShownConversation(TypedDict):
    """The conversation that the session is of; `token` takes it up again after a lost connection."""

    id: str
    token: str
    kept: bool


class ShownKaiwa(TypedDict):
    """Our own part; there if the client sent one."""

    language: str | None
    temperature: float | None
    conversation: ShownConversation | None


class Session(TypedDict):
    """A complete session. The last five are echoed only."""

    type: Literal["realtime"]
    object: Literal["realtime.session"]
    id: str
    model: str
    output_modalities: list[Modality]
    instructions: str
    audio: SessionAudio
    tools: list[dict[str, Any]]
    tool_choice: Literal["auto", "none", "required"]
    parallel_tool_calls: bool
    max_output_tokens: int | Literal["inf"]
    kaiwa: NotRequired[ShownKaiwa]
    truncation: Any
    tracing: Any
    prompt: Any
    include: Any
    reasoning: Any


class AnswerAudio(TypedDict):
    """The sound of one response."""

    output: ShownOutput


class InputTokens(TypedDict):
    """Of the prompt."""

    text_tokens: int
    audio_tokens: int
    cached_tokens: int


class OutputTokens(TypedDict):
    """Of the answer."""

    text_tokens: int
    audio_tokens: int


class TokenUsage(TypedDict):
    """What the language model counted."""

    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: InputTokens
    output_token_details: OutputTokens


class DurationUsage(TypedDict):
    """How much sound was transcribed."""

    type: Literal["duration"]
    seconds: float
