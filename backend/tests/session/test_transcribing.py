"""Hypotheses while somebody speaks, and the final words: what of them is shown, to whom, and in which order."""

import asyncio
from dataclasses import dataclass, field

import pytest

from app.core.audio import Samples
from app.errors import ProviderUnavailable
from app.ports import Transcript
from app.session.limits import SessionLimits
from tests.fakes import FakeSpeechToText
from tests.session.memory_client import MemoryClient
from tests.session.speaking import UNPACED, update
from tests.session.stage import Stage, voice

DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"


@dataclass
class Request:
    """One request to the recognizer, answered when the test says so."""

    samples: int
    answer: "asyncio.Future[Transcript]" = field(default_factory=asyncio.Future)
    state: str = "waiting"


class SlowRecognizer(FakeSpeechToText):
    """Answers when told; notes who is waiting, and in which order things happened."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.order: list[str] = []

    async def transcribe(self, audio: Samples, *, language: str | None, prompt: str = "") -> Transcript:
        number = len(self.requests)
        request = Request(audio.size)
        self.requests.append(request)
        self.order.append(f"begin {number}")
        try:
            heard = await request.answer
        except asyncio.CancelledError:
            self.order.append(f"abort {number}")
            raise
        self.order.append(f"end {number}")
        return heard

    @property
    def waiting(self) -> list[Request]:
        return [each for each in self.requests if not each.answer.done()]


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


class Listener:
    """A session with such a recognizer, to which a test speaks bit by bit."""

    def __init__(self, stage: Stage) -> None:
        self.stt = stage.stt = SlowRecognizer()
        stage.limits = SessionLimits(messages_per_s=10_000, outbox_ahead_s=UNPACED)
        self.client: MemoryClient = stage.open()
        self._probes = 0

    async def speak(self, ms: int) -> None:
        self.client.speak(voice(ms))
        await self.settle()

    async def be_silent(self, ms: int) -> None:
        self.client.silence(ms)
        await self.settle()

    async def settle(self) -> None:
        self._probes += 1
        self.client.say(type="conversation.item.retrieve", item_id="nobody")
        await self.client.get("error", self._probes)
        await settle()

    async def hypothesis(self, text: str) -> None:
        """Answer the request in flight, and speak until the next one."""
        (request,) = self.stt.waiting
        request.answer.set_result(Transcript(text, "en", -0.2, 0.01))
        await settle()
        await self.speak(400)

    async def finish(self, text: str) -> None:
        """End the utterance with these words."""
        await self.be_silent(800)
        (request,) = self.stt.waiting
        request.answer.set_result(Transcript(text, "en", -0.2, 0.01))
        await settle()


@pytest.fixture
async def listener(stage: Stage) -> Listener:
    return Listener(stage)


async def test_deltas_hold_only_what_will_not_change(listener: Listener) -> None:
    update(listener.client, input={"transcription": {}})
    await listener.speak(500)
    for text in ("What is.", "What is the cat", "What is the capital of", "What is the capital of France"):
        await listener.hypothesis(text)
    deltas = [each["delta"] for each in listener.client.of(DELTA)]
    assert "".join(deltas) == "What is the capital of"
    assert "".join(deltas[:2]) == "What is the"
    await listener.finish("What is the capital of France?")
    (completed,) = listener.client.of(COMPLETED)
    assert completed["transcript"] == "What is the capital of France?"
    assert completed["transcript"].startswith("".join(deltas))
    started = listener.client.of("input_audio_buffer.speech_started")[0]
    assert {each["item_id"] for each in (*listener.client.of(DELTA), completed)} == {started["item_id"]}
    assert not [kind for kind in listener.client.kinds if kind.startswith("kaiwa")]


async def test_our_own_clients_see_the_unstable_part_too(listener: Listener) -> None:
    update(listener.client, kaiwa={})
    await listener.speak(500)
    for text in ("What is.", "What is the cat"):
        await listener.hypothesis(text)
    partials = listener.client.of("kaiwa.transcription.partial")
    assert [(each["stable"], each["unstable"]) for each in partials] == [("", "What is."), ("What is", " the cat")]


async def test_without_transcription_there_are_no_events_of_it(listener: Listener) -> None:
    await listener.speak(500)
    for text in ("What is.", "What is the", "What is the capital"):
        await listener.hypothesis(text)
    await listener.finish("What is the capital?")
    assert "input_audio_buffer.committed" in listener.client.kinds
    assert not [kind for kind in listener.client.kinds if "transcription" in kind]


async def test_one_hypothesis_is_in_flight_and_none_is_queued(listener: Listener) -> None:
    await listener.speak(4_000)
    assert len(listener.stt.requests) == 1
    (request,) = listener.stt.waiting
    request.answer.set_result(Transcript("Well", "en"))
    await listener.speak(100)
    assert len(listener.stt.requests) == 2
    assert listener.stt.requests[1].samples > 16 * 3_900  # of all that was said by then


async def test_hypotheses_keep_their_distance(listener: Listener, stage: Stage) -> None:
    await listener.speak(300)
    for _ in range(5):
        for request in listener.stt.waiting:
            request.answer.set_result(Transcript("Well", "en"))
        await settle()
        await listener.speak(64)
    assert len(listener.stt.requests) == 2  # 320 ms apart


async def test_the_hypothesis_in_flight_is_aborted_before_the_final_request_begins(listener: Listener) -> None:
    update(listener.client, kaiwa={}, input={"transcription": {}})
    await listener.speak(600)
    await listener.be_silent(800)
    assert listener.stt.order == ["begin 0", "abort 0", "begin 1"]
    listener.stt.requests[1].answer.set_result(Transcript("Hello.", "en"))
    await listener.settle()
    assert not listener.client.of("kaiwa.transcription.partial")
    assert listener.client.of(COMPLETED)[0]["transcript"] == "Hello."


async def test_no_hypothesis_comes_after_the_end(listener: Listener) -> None:
    update(listener.client, kaiwa={})
    await listener.speak(600)
    listener.client.silence(800)
    listener.stt.waiting[0].answer.set_result(Transcript("Hel", "en"))  # it is ready as speech ends
    await listener.settle()
    await listener.be_silent(2_000)
    stopped = listener.client.kinds.index("input_audio_buffer.speech_stopped")
    assert "kaiwa.transcription.partial" not in listener.client.kinds[stopped:]
    assert len(listener.stt.requests) == 2


async def test_a_hypothesis_that_fails_is_nobodys_trouble(listener: Listener) -> None:
    update(listener.client, input={"transcription": {}})
    await listener.speak(500)
    listener.stt.waiting[0].answer.set_exception(ProviderUnavailable("stt", "connection refused"))
    await settle()
    await listener.speak(400)
    await listener.finish("Hello there.")
    assert listener.client.of(COMPLETED)[0]["transcript"] == "Hello there."
    assert not [kind for kind in listener.client.kinds if kind.endswith("transcription.failed")]


async def test_remarks_on_sounds_are_no_hypothesis(listener: Listener) -> None:
    update(listener.client, kaiwa={})
    await listener.speak(500)
    await listener.hypothesis("[BLANK_AUDIO]")
    assert not listener.client.of("kaiwa.transcription.partial")


async def test_final_words_come_in_the_order_in_which_they_were_said(listener: Listener) -> None:
    update(listener.client, input={"transcription": {}})
    for _ in range(2):
        await listener.speak(1_000)
        await listener.be_silent(800)
    assert len(listener.stt.waiting) == 1  # the second waits for the first
    listener.stt.waiting[0].answer.set_result(Transcript("One.", "en"))
    await settle()
    listener.stt.waiting[0].answer.set_result(Transcript("Two.", "en"))
    await listener.settle()
    assert [each["transcript"] for each in listener.client.of(COMPLETED)] == ["One.", "Two."]


async def test_the_language_is_found_out_once_and_kept(stage: Stage) -> None:
    stage.stt.answers.extend([Transcript("東京です。", "ja", -0.2, 0.01)] * 2)
    client = stage.open()
    update(client, input={"turn_detection": None})
    for number in (1, 2):
        client.speak(voice(1_000))
        client.say(type="input_audio_buffer.commit")
        await client.get("input_audio_buffer.committed", number)
        await client.until(lambda number=number: len(stage.stt.calls) == number)  # type: ignore[misc]  # bound now
        await settle()
    assert [language for _, language, _ in stage.stt.calls] == [None, "ja"]


async def test_a_configured_language_is_not_found_out(stage: Stage) -> None:
    client = stage.open()
    update(client, input={"transcription": {"language": "ja"}, "turn_detection": None})
    client.speak(voice(1_000))
    client.say(type="input_audio_buffer.commit")
    await client.get(COMPLETED)
    assert stage.stt.calls[0][1] == "ja"
