"""The page before the real assistant: a spoken question, and what the page really played, heard again."""

from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e import recorder
from tests.e2e.conftest import DATA, Note
from tests.e2e.microphone import compose
from tests.e2e.running_stack import Stack
from tests.e2e.speaker import hear
from tests.e2e.test_spoken_turn import FUJI
from tests.e2e.visits import Launch, answers, await_phase, open_pages, questions, talk

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(240)]


@dataclass(frozen=True, slots=True)
class Talk:
    """A question, and any of the words by which it and its answer are known."""

    recording: str
    asked: tuple[str, ...]
    answered: tuple[str, ...]


TALKS = {
    "en": Talk("question_en.wav", ("capital of France",), ("Paris",)),
    "ja": Talk("question_ja.wav", ("高い山",), FUJI),
}


@pytest.mark.parametrize("language", TALKS)
def test_a_spoken_question_is_answered_aloud(
    launch: Launch, stack: Stack, tmp_path: Path, note: Note, language: str
) -> None:
    said = TALKS[language]
    browser = launch(compose(tmp_path / "microphone.wav", [1.0, DATA / said.recording, 120.0]))
    with open_pages(browser, stack.address) as open_page:
        page = open_page()
        for name in ("llm", "stt", "tts", "embedding"):
            expect(page.locator(f"[data-stage={name}]")).to_have_attribute("data-kind", "real", timeout=30_000)
        talk(page)
        await_phase(page, "speaking", within_s=60)
        expect(answers(page)).to_have_attribute("data-status", "final", timeout=60_000)
        await_phase(page, "listening", within_s=60)
        assert any(words in (questions(page).text_content() or "") for words in said.asked)
        [spoken], [played] = recorder.take(page, "heard"), recorder.take(page, "played")
    note(f"mouth to ear, real models, {language}, ms", played.sounding()[0] + played.latency_ms - spoken.sounding()[-1])
    stt = httpx.get(f"{stack.address}/ready", timeout=10).json()["providers"]["stt"]["endpoint"]
    heard = hear(stt, played.wav(), language)
    assert any(words in heard for words in said.answered), heard
