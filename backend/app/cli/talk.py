"""`python -m app.cli.talk question.wav`: plays a recording into the running assistant and saves its reply.

It is played in real time. Every event is printed with its time; the times at the end count from the last sound asked.
"""

import argparse
import asyncio
import base64
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from app.core.audio import Resampler, Samples

URL = "ws://localhost:8000/v1/realtime"
RATE = 24_000
PACKET_S = 0.02
PATIENCE_S = 60.0
QUIET = 300  # of 32767; below it is silence
LONGEST_MESSAGE = 1 << 22
SOUND = "response.output_audio.delta"
SESSION = {
    "type": "realtime",
    "audio": {"input": {"transcription": {}}},
    "kaiwa": {},
}


class FailedError(Exception):
    """The conversation came to nothing; the text says why."""


@dataclass(slots=True)
class Talk:
    """One question and its answer. Times are of `time.perf_counter`."""

    question: Samples
    began_at: float = field(default_factory=time.perf_counter)
    reply: list[bytes] = field(default_factory=list)
    first_at: dict[str, float] = field(default_factory=dict)

    async def hold(self, socket: ClientConnection) -> None:
        """Ask, and listen until the answer is done.

        Raises:
            FailedError: there was none, or none that can be heard.
        """
        playing: asyncio.Task[None] | None = None
        await socket.send(json.dumps({"type": "session.update", "session": SESSION}))
        try:
            async with asyncio.timeout(PATIENCE_S + self.question.size / RATE):
                async for message in socket:
                    event = json.loads(message)
                    self._note(event)
                    if event["type"] == "session.updated" and playing is None:
                        playing = asyncio.create_task(self._play(socket))
                    if event["type"] == "response.done" and self._is_answered(event["response"]):
                        return
        except TimeoutError:
            raise FailedError(f"no answer within {PATIENCE_S:.0f} s of the question's end") from None
        finally:
            if playing is not None:
                playing.cancel()
                await asyncio.gather(playing, return_exceptions=True)
        raise FailedError("the assistant closed the connection")

    async def _play(self, socket: ClientConnection) -> None:
        """Send the question at the pace of a microphone, then silence for as long as it takes."""
        self.began_at = time.perf_counter()
        step = int(RATE * PACKET_S)
        number = 0
        while True:
            packet = self.question[number * step : (number + 1) * step]
            packet = np.pad(packet, (0, step - packet.size))
            sound = base64.b64encode(packet.tobytes()).decode()
            await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": sound}))
            number += 1
            await asyncio.sleep(self.began_at + number * PACKET_S - time.perf_counter())

    def _note(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        is_first = kind not in self.first_at
        self.first_at.setdefault(kind, time.perf_counter())
        if kind == SOUND:
            self.reply.append(base64.b64decode(event["delta"]))
        if kind != SOUND or is_first:
            say(f"{time.perf_counter() - self.began_at:8.2f} s  {kind}{_detail(event)}")
        if kind == "error":
            raise FailedError(event["error"]["message"])

    def _is_answered(self, response: dict[str, Any]) -> bool:
        """Say whether this was the answer; one that the question itself interrupted, after a pause, was not."""
        if response["status"] == "cancelled":
            self.reply.clear()
            self.first_at.clear()
            return False
        if response["status"] != "completed":
            raise FailedError(f"the response is {response['status']}: {response.get('status_details')}")
        if not self.reply:
            raise FailedError("the response holds no sound")
        return True

    def times(self) -> dict[str, float]:
        """Return when what came first, in seconds from the end of the question's last sound."""
        loud = np.flatnonzero(np.abs(self.question.astype(np.int32)) > QUIET)
        end_at = self.began_at + (int(loud[-1]) + 1 if loud.size else self.question.size) / RATE
        names = {
            "end of turn seen": "input_audio_buffer.speech_stopped",
            "final transcript": "conversation.item.input_audio_transcription.completed",
            "first sound": SOUND,
            "done": "response.done",
        }
        return {name: self.first_at[kind] - end_at for name, kind in names.items() if kind in self.first_at}


def main() -> int:
    """Hold one conversation; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app.cli.talk", description=__doc__)
    parser.add_argument("question", type=Path, help="a recording: WAV, FLAC, any rate")
    parser.add_argument("--url", default=URL, help=f"where the assistant is ({URL})")
    parser.add_argument("--save", type=Path, help="where the reply goes (beside the question, named .reply.wav)")
    parser.add_argument("--key", default=os.environ.get("API_KEY"), help="key, if it asks for one (API_KEY)")
    arguments = parser.parse_args()
    save = arguments.save or arguments.question.with_suffix(".reply.wav")
    try:
        asyncio.run(_run(Talk(read_recording(arguments.question)), arguments.url, arguments.key, save))
    except FailedError as error:
        print(f"Failed: {error}.", file=sys.stderr)  # noqa: T201 - for the person who runs it
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _run(talk: Talk, url: str, key: str | None, save: Path) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with connect(url, additional_headers=headers, max_size=LONGEST_MESSAGE, compression=None) as socket:
            await talk.hold(socket)
    except (OSError, InvalidHandshake, InvalidURI) as error:
        raise FailedError(f"{url} cannot be talked to ({error}); is the assistant running?") from None
    except ConnectionClosed as error:
        raise FailedError(f"the assistant closed the connection ({error})") from None
    reply = np.frombuffer(b"".join(talk.reply), "<i2")
    soundfile.write(save, reply, RATE)
    say("after the end of the question: " + ", ".join(f"{name} {s:.2f} s" for name, s in talk.times().items()))
    say(f"{reply.size / RATE:.1f} s of reply are in {save}")


def read_recording(file: Path) -> Samples:
    """Return a recording as mono samples at 24 kHz.

    Raises:
        FailedError: it cannot be read.
    """
    try:
        sound, rate = soundfile.read(file, dtype="int16", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise FailedError(f"{file} cannot be read ({error})") from None
    resampler = Resampler(rate, RATE)
    return np.concatenate((resampler.push(sound.mean(axis=1).astype(np.int16)), resampler.flush()))


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)  # noqa: T201 - this is the program's output


def _detail(event: dict[str, Any]) -> str:
    """Return what of an event a person wants to see."""
    text = event.get("transcript") or event.get("stable", "") + event.get("unstable", "")
    text = text or (event.get("delta", "") if event["type"] != SOUND else "")
    return f"  {text}" if text else ""


if __name__ == "__main__":
    sys.exit(main())
