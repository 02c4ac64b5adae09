import io
import json
import socket

import httpx
import msgpack
import numpy as np
import pytest
import soundfile

from app.local.resampling import Samples
from tests.local.model_server import ModelServer

RATE = 44_100
JAPANESE = "はい、どうぞ。"


def read_wav(answer: httpx.Response) -> Samples:
    assert answer.status_code == 200, answer.text
    samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="float32")
    assert rate == RATE
    assert samples.ndim == 1
    return np.asarray(samples)


def speak(server: ModelServer, **fields: object) -> httpx.Response:
    return server.http.post("/v1/tts", json=fields)


def test_it_is_ready_by_get_and_by_post(tts: ModelServer) -> None:
    assert tts.http.get("/v1/health").json() == tts.http.post("/v1/health").json() == {"status": "ok"}


def test_the_voices_are_listed_as_msgpack_or_as_json(tts: ModelServer) -> None:
    packed = msgpack.unpackb(tts.http.get("/v1/references/list").content)
    assert packed["reference_ids"][:2] == ["hibari", "jf_alpha"]
    assert tts.http.get("/v1/references/list", params={"format": "json"}).json() == packed
    assert tts.http.get("/v1/references/list", headers={"accept": "application/json"}).json() == packed


def test_english_is_spoken_into_a_wav(tts: ModelServer) -> None:
    answer = speak(tts, text="What is the capital of France?")
    sound = read_wav(answer)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["content-disposition"] == "attachment; filename=audio.wav"
    assert 1.5 < sound.size / RATE < 4
    assert np.sqrt(np.mean(sound**2)) > 0.01


def test_msgpack_is_understood_like_json(tts: ModelServer) -> None:
    fields = {"text": "Good morning.", "seed": 1}
    packed = tts.http.post("/v1/tts", content=msgpack.packb(fields), headers={"content-type": "application/msgpack"})
    assert np.array_equal(read_wav(packed), read_wav(speak(tts, **fields)))


def test_a_stream_is_raw_samples_and_the_same_sound(tts: ModelServer) -> None:
    fields = {"text": "Good morning. How are you today?", "seed": 1}
    streamed = speak(tts, **fields, streaming=True)
    assert streamed.headers["content-type"] == "audio/wav"
    assert not streamed.content.startswith(b"RIFF")
    samples = np.frombuffer(streamed.content, "<i2") / 32768
    assert np.abs(samples - read_wav(speak(tts, **fields))).max() < 1e-3


def test_mp3_can_be_asked_for(tts: ModelServer) -> None:
    answer = speak(tts, text="Good morning.", format="mp3")
    assert answer.headers["content-type"] == "audio/mpeg"
    assert soundfile.info(io.BytesIO(answer.content)).format == "MP3"


def test_the_named_voice_speaks_its_own_language_and_another_one_the_other(tts: ModelServer) -> None:
    alpha, kumo = (read_wav(speak(tts, text=JAPANESE, reference_id=name)) for name in ("jf_alpha", "jm_kumo"))
    assert alpha.size != kumo.size
    assert np.array_equal(read_wav(speak(tts, text=JAPANESE, reference_id="hibari")), alpha)
    by_default, by_kumo = (read_wav(speak(tts, text="Yes.", seed=1, reference_id=n)) for n in (None, "jm_kumo"))
    assert np.array_equal(by_default, by_kumo)


def test_mixed_text_is_spoken_by_both(tts: ModelServer) -> None:
    japanese, english = (read_wav(speak(tts, text=text, seed=1)).size for text in ("寿司。", "It is good."))
    assert abs(read_wav(speak(tts, text="寿司。It is good.", seed=1)).size - japanese - english) < RATE // 100


@pytest.mark.parametrize("text", ["", "…", "😀", "んょ"])
def test_a_text_with_nothing_to_say_is_a_moment_of_silence_not_a_failure(tts: ModelServer, text: str) -> None:
    assert read_wav(speak(tts, text=text)).size >= RATE // 10
    assert len(speak(tts, text=text, streaming=True).content) >= RATE // 10 * 2


def test_an_unknown_voice_is_refused_with_the_names_of_the_known(tts: ModelServer) -> None:
    answer = speak(tts, text="Hello.", reference_id="nobody")
    assert answer.status_code == 400
    assert answer.json()["statusCode"] == 400
    assert answer.json()["error"] == "Bad Request"
    assert "'nobody'" in answer.json()["message"]
    assert "hibari, jf_alpha" in answer.json()["message"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "a" * 4001}, "too long"),
        ({"text": "a", "streaming": True, "format": "mp3"}, "only supports WAV"),
        ({"text": "a", "format": "opus"}, "opus"),
        ({"text": "a", "references": [{"audio": "", "text": ""}]}, "cloned"),
    ],
)
def test_what_it_cannot_do_it_says(tts: ModelServer, fields: dict[str, object], words: str) -> None:
    answer = speak(tts, **fields)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_mistakes_are_listed_without_the_text(tts: ModelServer) -> None:
    answer = speak(tts, text="secret", format="flac", top_p=7)
    assert answer.status_code == 422
    assert [mistake["loc"] for mistake in answer.json()] == [["format"], ["top_p"]]
    assert "secret" not in answer.text


def test_other_bodies_are_refused(tts: ModelServer) -> None:
    answer = tts.http.post("/v1/tts", content=b"text=hello")
    assert answer.status_code == 415
    assert "application/msgpack" in answer.headers["accept"]
    assert answer.json() == {"statusCode": 415, "message": None, "error": "Unsupported Media Type"}


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b"1", b""])
@pytest.mark.parametrize("kind", ["application/json", "application/msgpack"])
def test_a_broken_body_is_the_caller_s_fault(tts: ModelServer, body: bytes, kind: str) -> None:
    answer = tts.http.post("/v1/tts", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 422)
    json.loads(answer.text)


def test_a_body_that_is_too_large_is_refused(tts: ModelServer) -> None:
    assert speak(tts, text="a" * (2 << 20)).status_code == 400


def test_an_unknown_path_has_the_same_shape(tts: ModelServer) -> None:
    assert tts.http.get("/v1/asr").json() == {"statusCode": 404, "message": None, "error": "Not Found"}


def test_a_caller_who_leaves_ends_the_work_at_the_next_sentence(tts: ModelServer) -> None:
    body = json.dumps({"text": JAPANESE + "これは長い文章です。" * 40, "streaming": True}).encode()
    host, port = tts.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as caller:
        head = (
            f"POST /v1/tts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        caller.sendall(head.encode() + body)
        assert caller.recv(100).startswith(b"HTTP/1.1 200")
    tts.wait_for_log("a caller left")
    read_wav(speak(tts, text="Next."))  # would wait for forty sentences, or be refused, if the place were kept


def test_nothing_that_was_said_is_logged(tts: ModelServer) -> None:
    speak(tts, text="Zanzibar.", reference_id="nobody")
    speak(tts, text="Zanzibar. 東京。")
    assert "Zanzibar" not in tts.log
    assert "東京" not in tts.log
