"""What tests of a session say to it, and what they read from its answers."""

from typing import Any

from tests.session.memory_client import MemoryClient
from tests.session.stage import voice

UNPACED = 600.0  # seconds ahead of real time: an answer's sound comes at once
VAD = {"type": "server_vad"}


def utter(client: MemoryClient, ms: int = 1200) -> None:
    """Speak, and be silent long enough to be done."""
    client.speak(voice(ms))
    client.silence(800)


def update(client: MemoryClient, *, kaiwa: dict[str, Any] | None = None, **session: Any) -> None:
    """Change the session; `input` and `output` are the parts of `audio`."""
    audio = {name: session.pop(name) for name in ("input", "output") if name in session}
    if audio:
        session["audio"] = audio
    if kaiwa is not None:
        session["kaiwa"] = kaiwa
    client.say(type="session.update", session={"type": "realtime", **session})


def write(client: MemoryClient, text: str, **fields: Any) -> None:
    """Put a typed message of the user into the conversation."""
    content = [{"type": "input_text", "text": text}]
    client.say(type="conversation.item.create", item={"type": "message", "role": "user", "content": content}, **fields)


def spoken(client: MemoryClient, response_id: str | None = None) -> str:
    """All words of the answers (or of one) that were spoken."""
    deltas = client.of("response.output_audio_transcript.delta")
    return "".join(each["delta"] for each in deltas if response_id in {None, each["response_id"]})


def sound_ms(client: MemoryClient) -> float:
    """How much sound came, at 24 kHz."""
    return sum(len(each["delta"]) * 3 // 4 for each in client.of("response.output_audio.delta")) / 48


async def refusal(client: MemoryClient, number: int = 1) -> tuple[str, str]:
    error = (await client.get("error", number))["error"]
    return error["code"], error["event_id"]


async def retrieved(client: MemoryClient, item_id: str) -> dict[str, Any]:
    number = len(client.of("conversation.item.retrieved")) + 1
    client.say(type="conversation.item.retrieve", item_id=item_id)
    item: dict[str, Any] = (await client.get("conversation.item.retrieved", number))["item"]
    return item
