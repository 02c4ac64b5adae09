import json
import struct
from contextlib import aclosing
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ProviderGarbled, ProviderRefused, RequestError
from app.providers.fish_speech import LONGEST_HEADER, VOICES_KEPT_S, FishSpeech, Sound
from tests.providers.conftest import Connect
from tests.providers.raw_server import CUT, HANG, RawServer, chunked, reply

RAW = np.arange(-500, 500, dtype="<i2").tobytes()
SPOKEN = chunked(RAW[:301], RAW[301:], content_type="audio/wav")


def wav(rate: int = 44_100, extra: bytes = b"") -> bytes:
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    return head + extra + struct.pack("<4sI", b"data", 0xFFFFFFFF) + RAW


def voices(*names: str) -> list[bytes]:
    return reply(json.dumps({"success": True, "reference_ids": names, "message": "Success"}).encode())


async def speak(client: FishSpeech, voice: str | None = None) -> bytes:
    return b"".join([piece.tobytes() async for piece in client.synthesize("Hello.", voice=voice)])


async def test_headerless_sound_arrives_whole(connect: Connect) -> None:
    async with RawServer(SPOKEN) as server:
        assert await speak(FishSpeech(connect("tts", f"{server.url}/v1/tts"))) == RAW
        assert server.heads[0].startswith("POST /v1/tts ")
        assert json.loads(server.bodies[0]) == {
            "text": "Hello.",
            "format": "wav",
            "streaming": True,
            "use_memory_cache": "on",
        }


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (chunked(content_type="audio/wav"), "no sound"),
        (chunked(CUT, content_type="audio/wav"), "broke off"),
        (chunked(RAW, CUT, content_type="audio/wav"), "broke off"),
        (chunked(RAW[:-1], content_type="audio/wav"), "inside of a sample"),
        (chunked(wav(24_000)), "the sound has 24000 Hz, TTS_SAMPLE_RATE says 44100"),
    ],
)
async def test_no_sound_and_half_a_sound_are_failures(connect: Connect, answer: list[bytes], match: str) -> None:
    async with RawServer(answer) as server:
        with pytest.raises(ProviderGarbled, match=match):
            await speak(FishSpeech(connect("tts", server.url)))


@given(st.data(), st.sampled_from([RAW, wav(), wav(extra=b"LIST\x04\0\0\0abcd"), b"\x01\x02", b"RIF\x01"]))
def test_samples_do_not_depend_on_how_the_bytes_were_cut(data: st.DataObject, body: bytes) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, min(len(body), 80)), max_size=8)))
    sound = Sound(44_100)
    pieces = [body[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    samples = b"".join(sound.feed(piece).tobytes() for piece in pieces)
    sound.finish()
    assert samples == (RAW if body.startswith(b"RIFF") else body)


def test_a_header_without_end_is_garbled() -> None:
    with pytest.raises(ProviderGarbled, match="header without end"):
        Sound(44_100).feed(b"RIFF" + b"x" * LONGEST_HEADER)


async def test_a_known_voice_is_sent_and_the_list_kept_for_a_while(connect: Connect) -> None:
    now = [0.0]
    async with RawServer(voices("ann", "bob"), SPOKEN, SPOKEN, voices("ann"), SPOKEN) as server:
        client = FishSpeech(connect("tts", f"{server.url}/v1/tts"), clock=lambda: now[0])
        await speak(client, "ann")
        await speak(client, "ann")
        now[0] = VOICES_KEPT_S
        await speak(client, "ann")
        paths = [head.split(" ")[1] for head in server.heads]
        assert "accept: application/json" in server.heads[0]
    listing = "/v1/references/list?format=json"
    assert paths == [listing, "/v1/tts", "/v1/tts", listing, "/v1/tts"]
    assert json.loads(server.bodies[1])["reference_id"] == "ann"


async def test_an_unknown_voice_is_looked_up_afresh_then_refused(connect: Connect) -> None:
    async with RawServer(voices("ann"), SPOKEN, voices("ann", "bob"), SPOKEN, voices("ann", "bob")) as server:
        client = FishSpeech(connect("tts", f"{server.url}/v1/tts"))
        await speak(client, "ann")
        await speak(client, "bob")  # added meanwhile
        with pytest.raises(RequestError, match=r"no voice 'eve'\. Voices: ann, bob\.") as raised:
            await speak(client, "eve")
        assert len(server.heads) == 5
    assert (raised.value.code, raised.value.param) == ("unknown_voice", "voice")


async def test_a_server_without_voices_has_only_its_own(connect: Connect) -> None:
    async with RawServer(voices(), SPOKEN) as server:
        client = FishSpeech(connect("tts", f"{server.url}/v1/tts"))
        with pytest.raises(RequestError, match="none by name"):
            await speak(client, "ann")
        assert await speak(client) == RAW
        assert "reference_id" not in json.loads(server.bodies[-1])


@pytest.mark.parametrize(
    ("options", "voice", "sent"),
    [
        ({"default_voice": "ann"}, None, "ann"),
        ({"default_voice": "ann"}, "bob", "bob"),
        ({"default_voice": "gone"}, None, None),
        ({"is_fallback": True}, "gone", None),
    ],
)
async def test_which_voice_is_sent(connect: Connect, options: dict[str, Any], voice: str | None, sent: str) -> None:
    async with RawServer(voices("ann", "bob"), SPOKEN) as server:
        await speak(FishSpeech(connect("tts", f"{server.url}/v1/tts"), **options), voice)
        assert json.loads(server.bodies[-1]).get("reference_id") == sent


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (422, [{"loc": ["body", "text"], "input": "secret words", "msg": "?"}], "tts: status 422: invalid body.text"),
        (400, {"statusCode": 400, "message": "Text is too long", "error": "Bad Request"}, "status 400: Text is too"),
        (401, {"statusCode": 401, "message": None, "error": "Unauthorized"}, "tts: status 401: Unauthorized"),
        (500, "?", "tts: status 500"),
    ],
)
async def test_errors_of_every_shape(connect: Connect, status: int, body: Any, said: str) -> None:
    async with RawServer(reply(json.dumps(body).encode(), status)) as server:
        with pytest.raises(ProviderRefused, match=said) as raised:
            await speak(FishSpeech(connect("tts", server.url)))
    assert "secret" not in str(raised.value)


async def test_closing_a_sentence_closes_its_connection_at_once(connect: Connect) -> None:
    async with RawServer(chunked(RAW, HANG)) as server:
        client = FishSpeech(connect("tts", server.url))
        async with aclosing(client.synthesize("Hello.", voice=None)) as pieces:
            assert (await anext(pieces)).size == 1000
        await server.left.wait()


async def test_a_list_of_voices_that_is_none_is_garbled(connect: Connect) -> None:
    async with RawServer(reply(b'{"success": false}')) as server:
        with pytest.raises(ProviderGarbled, match="list of voices"):
            await FishSpeech(connect("tts", server.url)).voices()


async def test_health_is_beside_the_endpoint(connect: Connect) -> None:
    async with RawServer(reply(b'{"status":"ok"}')) as server:
        said = await FishSpeech(connect("tts", f"{server.url}/v1/tts")).probe()
        assert server.heads[0].startswith("GET /v1/health ")
    assert (said.model, said.is_mock) == (None, False)


async def test_an_error_page_of_a_proxy_is_a_refusal(connect: Connect) -> None:
    async with RawServer(reply(b"<html>Bad Gateway</html>", 502, "text/html")) as server:
        with pytest.raises(ProviderRefused, match=r"^tts: status 502$"):
            await speak(FishSpeech(connect("tts", server.url)))
