"""A person with a microphone and good ears, for tests: speaks recordings in real time, keeps what comes back."""

import base64
import io
import json
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import httpx
import numpy as np
import soundfile
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

RATE = 24_000
PACKET = RATE // 50


class Speaker:
    """One session, as a context manager; a thread listens while the test speaks."""

    def __init__(self, address: str) -> None:
        self._address = address.replace("http", "ws") + "/v1/realtime?model=kaiwa"
        self._ending = ExitStack()
        self._news = threading.Condition()
        self.received: list[dict[str, Any]] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._socket = self._ending.enter_context(connect(self._address, max_size=None))
        self._listener.start()
        self.send("session.update", session={"type": "realtime", "audio": {"input": {"transcription": {}}}})
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()
        self._listener.join(5)

    def send(self, kind: str, **fields: Any) -> None:
        self._socket.send(json.dumps({"type": kind, **fields}))

    def ask(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        self.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        self.send("response.create")

    def speak(self, recording: Path, silence_s: float = 1.5) -> None:
        """Speak a recording and then be silent, in real time."""
        samples, rate = soundfile.read(recording, dtype="int16")
        assert rate == RATE
        sound = np.concatenate((samples, np.zeros(int(silence_s * RATE), np.int16)))
        begun = time.monotonic()
        for start in range(0, sound.size, PACKET):
            time.sleep(max(0.0, begun + start / RATE - time.monotonic()))  # a microphone is no faster
            data = base64.b64encode(sound[start : start + PACKET].tobytes()).decode()
            self.send("input_audio_buffer.append", audio=data)

    def get(self, kind: str, number: int = 1, within_s: float = 60) -> dict[str, Any]:
        """Return the n-th message of a type as soon as it has come."""
        with self._news:
            came = self._news.wait_for(lambda: len(self.of(kind)) >= number, within_s)
            assert came, f"no {kind} within {within_s} s; came: {[each['type'] for each in self.received[-20:]]}"
            return self.of(kind)[number - 1]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.received if message["type"] == kind]

    def reply(self, response_id: str) -> bytes:
        """Return the sound of an answer as a WAV file."""
        deltas = [each for each in self.of("response.output_audio.delta") if each["response_id"] == response_id]
        data = b"".join(base64.b64decode(each["delta"]) for each in deltas)
        file = io.BytesIO()
        soundfile.write(file, np.frombuffer(data, "<i2"), RATE, format="WAV")
        return file.getvalue()

    def _listen(self) -> None:
        try:
            for message in self._socket:
                with self._news:
                    self.received.append(json.loads(message))
                    self._news.notify_all()
        except ConnectionClosed:
            pass  # the test asks for what came before


def hear(stt_endpoint: str, sound: bytes, language: str) -> str:
    """Return what the recogniser hears in a WAV file."""
    answer = httpx.post(stt_endpoint, files={"file": sound}, data={"language": language}, timeout=60)
    return str(answer.raise_for_status().json()["text"])
