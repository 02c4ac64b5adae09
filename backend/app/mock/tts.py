"""Mock of Fish Speech: `POST /v1/tts` answers with speech-like sound of the right length, at a settable pace."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

import msgpack
from pydantic import BaseModel, ValidationError
from typing_extensions import override

from app.mock.behaviour import TtsBehaviour
from app.mock.exchange import Exchange
from app.mock.service import Route, Service
from app.mock.sound import SAMPLE_RATE, as_mp3, speak, warm_up, wav_header

BYTES_PER_MS = SAMPLE_RATE * 2 / 1000
UNKNOWN_LENGTH = 0x7FFFFFFF


class SpeechRequest(BaseModel):
    """What the mock reads of Fish Speech's request; other fields are ignored, as there."""

    text: str
    format: Literal["wav", "pcm", "mp3", "opus"] = "wav"
    reference_id: str | None = None
    streaming: bool = False


class BadBodyError(Exception):
    """The body cannot be decoded: `status` says how the real server answers that."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class TtsMock(Service[TtsBehaviour]):
    """Fish Speech's API server: speech, health and the list of voices."""

    name = "tts"

    def __init__(self, behaviour: TtsBehaviour, remembered: int = 0) -> None:
        super().__init__(behaviour, remembered)
        warm_up()

    @override
    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("GET", "/v1/health"): Route(_answer_health, is_probe=True),
            ("POST", "/v1/health"): Route(_answer_health, is_probe=True),
            ("GET", "/v1/references/list"): Route(self._answer_voices, is_probe=True),
            ("POST", "/v1/tts"): Route(self._answer_speech),
        }

    @override
    async def answer_error(self, exchange: Exchange, status: int, message: str) -> None:
        body = {"statusCode": status, "message": message, "error": HTTPStatus(status).phrase}
        await exchange.reply_json(body, status)

    async def _answer_voices(self, exchange: Exchange) -> None:
        reply = {"success": True, "reference_ids": list(self.behaviour.voices), "message": "Success"}
        if "format=json" in exchange.query or "application/json" in exchange.headers.get("accept", ""):
            await exchange.reply_json(reply)
        else:
            await exchange.reply(msgpack.packb(reply), "application/msgpack")

    async def _answer_speech(self, exchange: Exchange) -> None:
        behaviour = self.behaviour
        try:
            wanted = SpeechRequest.model_validate(read_body(exchange.headers, exchange.body))
        except BadBodyError as error:
            await self.answer_error(exchange, error.status, str(error))
            return
        except ValidationError as error:
            await exchange.reply_json(error.errors(include_url=False, include_context=False, include_input=False), 422)
            return
        voice = wanted.reference_id
        if voice is not None and voice not in behaviour.voices and behaviour.unknown_voice == "refuse":
            await self.answer_error(exchange, 404, f"Unknown reference_id: {voice}")
        elif wanted.streaming and wanted.format != "wav":
            await self.answer_error(exchange, 400, "Streaming only supports WAV format")
        elif wanted.format in ("pcm", "opus"):
            await self.answer_error(exchange, 500, "Failed to generate speech")
        elif wanted.streaming:
            await _stream(exchange, speak(wanted.text), behaviour)
        else:
            await _answer_file(exchange, wanted, behaviour)


def read_body(headers: Mapping[str, str], body: bytes) -> Any:
    """The decoded body, by its content type. Raises BadBodyError."""
    content_type = headers.get("content-type", "").partition(";")[0]
    if content_type == "application/json":
        try:
            return json.loads(body)
        except ValueError as error:
            raise BadBodyError(400, f"Invalid JSON: {error}") from error
    if content_type == "application/msgpack":
        try:
            return msgpack.unpackb(body)
        except (ValueError, msgpack.UnpackException) as error:
            raise BadBodyError(500, f"Invalid msgpack: {error}") from error
    raise BadBodyError(415, "application/json or application/msgpack is wanted")


async def _stream(exchange: Exchange, sound: memoryview, behaviour: TtsBehaviour) -> None:
    """Headerless samples, although the type says WAV: that is what the real server sends."""
    size = round(behaviour.chunk_ms * SAMPLE_RATE / 1000) * 2 - int(behaviour.odd_chunks)
    await exchange.start_stream("audio/wav", [("content-disposition", "attachment; filename=audio.wav")])
    for begin in range(0, len(sound), size):
        await exchange.until(_due_ms(begin, behaviour))
        chunk = sound[begin : begin + size]
        if begin == 0 and behaviour.riff_header:
            await exchange.send(wav_header(UNKNOWN_LENGTH) + chunk)
        else:
            await exchange.send(chunk)
    await exchange.finish()


async def _answer_file(exchange: Exchange, wanted: SpeechRequest, behaviour: TtsBehaviour) -> None:
    sound = speak(wanted.text)
    await exchange.until(_due_ms(len(sound), behaviour))
    disposition = [("content-disposition", f"attachment; filename=audio.{wanted.format}")]
    if wanted.format == "mp3":
        await exchange.reply(as_mp3(sound), "audio/mpeg", headers=disposition)
    else:
        await exchange.reply(wav_header(len(sound)) + sound, "audio/wav", headers=disposition)


def _due_ms(offset_bytes: int, behaviour: TtsBehaviour) -> float:
    """When the sound at that place is made, after the request."""
    begin_ms = behaviour.delay_ms + behaviour.first_chunk_ms
    return begin_ms if behaviour.rate is None else begin_ms + offset_bytes / BYTES_PER_MS / behaviour.rate


async def _answer_health(exchange: Exchange) -> None:
    await exchange.reply_json({"status": "ok", "is_mock": True})
