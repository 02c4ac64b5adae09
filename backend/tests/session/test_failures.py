"""Providers that die, at every point of an answer, and mistakes of our own: the session lives."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
import pytest

from app.core.audio import Samples
from app.errors import ProviderGarbled, ProviderTimeout, ProviderUnavailable
from app.ports import ChatDelta, ChatFinished, ChatRequest, TextDelta
from app.session.limits import SessionLimits
from tests.fakes import FakeTextToSpeech
from tests.session.speaking import UNPACED, sound_ms, spoken, update, utter, write
from tests.session.stage import Stage

SORRY_EN = "I am sorry, something went wrong. Please ask me again."
SORRY_JA = "申し訳ありません。問題が起きました。もう一度お願いします。"
APOLOGY_MS = 400
SECRET = "the database password is swordfish"  # the inside, which nobody outside may see


@pytest.fixture
def unpaced(stage: Stage) -> Stage:
    stage.limits = SessionLimits(messages_per_s=10_000, outbox_ahead_s=UNPACED)
    return stage


def llm_died() -> ProviderGarbled:
    return ProviderGarbled("llm", "the stream broke off")


async def answers_again(stage: Stage, number: int = 2) -> None:
    """The session is as good as new."""
    stage.clock.advance(60)  # what was said has been played
    utter(stage.client)
    done = await stage.client.get("response.done", number)
    assert done["response"]["status"] == "completed"


def failure(done: dict[str, Any]) -> tuple[str, str]:
    details = done["response"]["status_details"]
    assert done["response"]["status"] == details["type"] == "failed"
    return details["error"]["type"], details["error"]["code"]


async def test_a_language_model_that_does_not_answer_is_apologized_for_in_speech(unpaced: Stage) -> None:
    unpaced.llm.errors.append(ProviderUnavailable("llm", "connection refused"))
    client = unpaced.open()
    utter(client)
    done = await client.get("response.done")
    assert failure(done) == ("server_error", "provider_unavailable")
    assert spoken(client) == SORRY_EN
    assert abs(sound_ms(client) - APOLOGY_MS) < 2
    assert unpaced.metrics.registry.get_sample_value("kaiwa_errors_total", {"code": "provider_unavailable"}) == 1
    assert unpaced.metrics.registry.get_sample_value("kaiwa_turns_total", {"outcome": "failed"}) == 1
    await answers_again(unpaced)


async def test_a_language_model_that_dies_in_mid_sentence_goes_on_where_it_stopped(unpaced: Stage) -> None:
    unpaced.llm.answers.append([TextDelta("It is Paris. It lies on "), llm_died()])
    unpaced.llm.answers.append([TextDelta("the Seine."), ChatFinished("stop")])
    client = unpaced.open()
    utter(client)
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    assert spoken(client) == "It is Paris. It lies on the Seine."
    assert unpaced.llm.calls[1].messages[-1] == {"role": "assistant", "content": "It is Paris. It lies on "}


async def test_sentences_finished_before_the_model_died_for_good_are_delivered_and_kept(unpaced: Stage) -> None:
    unpaced.llm.answers.append([TextDelta("It is Paris. "), llm_died()])
    unpaced.llm.answers.append([llm_died()])
    client = unpaced.open()
    utter(client)
    done = await client.get("response.done")
    assert failure(done) == ("server_error", "provider_garbled")
    assert spoken(client) == f"It is Paris.{SORRY_EN}"
    assert [text for text, _ in unpaced.tts.calls] == ["It is Paris."]
    await answers_again(unpaced)
    assert "It is Paris." in unpaced.llm.calls[-1].messages[2]["content"]


@pytest.mark.parametrize(("language", "apology"), [("ja", SORRY_JA), ("en", SORRY_EN), ("fr", SORRY_EN)])
async def test_the_apology_is_in_the_language_of_the_session(unpaced: Stage, language: str, apology: str) -> None:
    unpaced.llm.errors.append(ProviderTimeout("llm", "no answer in 30 s"))
    client = unpaced.open()
    update(client, kaiwa={"language": language})
    utter(client)
    assert failure(await client.get("response.done")) == ("server_error", "provider_timeout")
    assert spoken(client) == apology


async def test_a_voice_that_does_not_answer_is_apologized_for_without_it(unpaced: Stage) -> None:
    unpaced.tts.errors.append(ProviderUnavailable("tts", "connection refused"))
    client = unpaced.open()
    utter(client)
    assert failure(await client.get("response.done")) == ("server_error", "provider_unavailable")
    assert spoken(client) == SORRY_EN
    assert abs(sound_ms(client) - APOLOGY_MS) < 2
    assert len(unpaced.tts.calls) == 1
    await answers_again(unpaced)


async def test_a_voice_that_dies_after_a_sentence_leaves_that_sentence(unpaced: Stage) -> None:
    class DiesLater(FakeTextToSpeech):
        async def synthesize(self, text: str, *, voice: str | None) -> AsyncGenerator[Samples, None]:
            if "second" in text:
                raise ProviderUnavailable("tts", "connection refused")
            async for samples in super().synthesize(text, voice=voice):
                yield samples

    unpaced.tts = DiesLater()
    unpaced.llm.answers.append("This is first. This is second. This is third.")
    client = unpaced.open()
    utter(client)
    assert failure(await client.get("response.done")) == ("server_error", "provider_unavailable")
    assert spoken(client) == f"This is first.{SORRY_EN}"


async def test_a_voice_that_dies_in_mid_sentence_says_the_rest(unpaced: Stage) -> None:
    class Stumbles(FakeTextToSpeech):
        async def synthesize(self, text: str, *, voice: str | None) -> AsyncGenerator[Samples, None]:
            self.calls.append((text, voice))
            yield np.ones(self.sample_rate * 600 // 1000, np.int16)
            if len(self.calls) == 1:
                raise ProviderGarbled("tts", "it broke off")

    unpaced.tts = Stumbles()
    unpaced.llm.answers.append("Here is one sentence in two halves.")
    client = unpaced.open()
    utter(client)
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    assert spoken(client) == "Here is one sentence in two halves."
    whole, rest = (text for text, _ in unpaced.tts.calls)
    assert whole.endswith(rest)
    assert 0 < len(rest) < len(whole)


async def test_a_recognizer_that_fails_is_told_and_apologized_for(unpaced: Stage) -> None:
    client = unpaced.open()
    update(client, input={"transcription": {}})
    unpaced.stt.errors.append(ProviderUnavailable("stt", "connection refused"))
    utter(client)
    failed = await client.get("conversation.item.input_audio_transcription.failed")
    assert failed["error"]["code"] == "provider_unavailable"
    assert failed["item_id"] == client.of("input_audio_buffer.committed")[0]["item_id"]
    assert failure(await client.get("response.done")) == ("server_error", "provider_unavailable")
    assert spoken(client) == SORRY_EN
    assert not unpaced.llm.calls
    await answers_again(unpaced)


async def test_an_answer_in_text_apologizes_in_text(unpaced: Stage) -> None:
    unpaced.llm.errors.append(ProviderUnavailable("llm", "connection refused"))
    client = unpaced.open()
    update(client, output_modalities=["text"])
    write(client, "Hello?")
    client.say(type="response.create")
    assert failure(await client.get("response.done")) == ("server_error", "provider_unavailable")
    assert "".join(each["delta"] for each in client.of("response.output_text.delta")) == SORRY_EN


class Recorder:
    """A log that remembers which of its lines told of an exception."""

    def __init__(self) -> None:
        self.exceptions: list[str] = []

    def exception(self, event: str, **_: Any) -> None:
        self.exceptions.append(event)

    def __getattr__(self, _: str) -> Any:
        return lambda *_, **__: None


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr("app.session.tasks.log", recorder)
    monkeypatch.setattr("app.session.session.log", recorder)
    return recorder


@pytest.mark.parametrize("where", ["llm", "tts", "stt"])
async def test_a_mistake_of_ours_fails_the_response_is_logged_and_says_nothing_of_the_inside(
    unpaced: Stage, log: Recorder, where: str
) -> None:
    client = unpaced.open()
    update(client, input={"transcription": {}})
    getattr(unpaced, where).errors.append(RuntimeError(SECRET))
    utter(client)
    done = await client.get("response.done")
    assert failure(done) == ("server_error", "internal_error")
    assert "session.task_failed" in log.exceptions
    await answers_again(unpaced)
    assert SECRET not in str(client.received)


async def test_a_mistake_in_serving_a_message_is_an_error_with_its_event_id(
    unpaced: Stage, log: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("app.session.conversation.Conversation.retrieve", broken)
    client = unpaced.open()
    client.say(type="conversation.item.retrieve", item_id="x", event_id="mine")
    error = (await client.get("error"))["error"]
    assert (error["type"], error["code"], error["event_id"]) == ("server_error", "internal_error", "mine")
    assert log.exceptions == ["message.failed"]
    await answers_again(unpaced, 1)
    assert SECRET not in str(client.received)


async def test_a_failure_in_an_answer_that_was_cut_off_changes_nothing(unpaced: Stage) -> None:
    class DiesWhenLeft(type(unpaced.llm)):  # type: ignore[misc]  # the fake of the stage
        async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
            yield TextDelta("Yes. ")
            try:
                await asyncio.sleep(60)
            finally:
                raise RuntimeError(SECRET)

    unpaced.llm = DiesWhenLeft()
    client = unpaced.open()
    client.say(type="response.create")
    await client.get("response.output_audio.delta")
    client.say(type="response.cancel")
    done = await client.get("response.done")
    assert done["response"]["status"] == "cancelled"
    client.say(type="conversation.item.retrieve", item_id="nobody")
    await client.get("error")
    assert len(client.of("response.done")) == 1
