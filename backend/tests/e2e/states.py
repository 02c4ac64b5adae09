"""Every state of the page that a person can see, one after the other, before a scripted server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.e2e.fake_realtime import Event, FakeRealtime, answer_begins, answer_ends, heard, sentence
from tests.e2e.visits import await_phase

PROVIDER: Event = {"provider": "llama.cpp", "endpoint": "http://127.0.0.1:8080/v1", "model": "qwen2.5-1.5b-q4.gguf"}
PROVIDER |= {"state": "ready", "is_mock": False, "serving": "primary", "fallback_count": 0, "last_error": None}
HEALTHY: Event = {
    "status": "ok",
    "version": "0.2.0",
    "providers": dict.fromkeys(("llm", "stt", "tts", "embedding"), PROVIDER),
    "warnings": [],
}
AILING: Event = HEALTHY | {
    "status": "degraded",
    "providers": HEALTHY["providers"]
    | {
        "stt": PROVIDER | {"provider": "mock", "model": "echo", "is_mock": True},
        "tts": PROVIDER | {"serving": "fallback", "fallback_count": 3, "last_error": "connection refused"},
        "embedding": PROVIDER | {"state": "loading", "serving": "none", "model": None},
    },
    "warnings": ["tts: primary http://tts:7007 is down (connection refused), serving fallback http://tts-2:7007"],
}
KEPT = [
    {"id": f"conv_{n}", "object": "conversation", "title": title, "created_at": at, "updated_at": at, "messages": 4 + n}
    for n, (title, at) in enumerate(
        [
            ("What is the capital of France?", 1_795_629_000),
            ("日本で一番高い山は何ですか", 1_795_540_000),
            ("How do I prune an old apple tree without hurting it, and when?", 1_795_100_000),
        ]
    )
]
ANSWER = "The capital of France is Paris. It lies on the river Seine."
LATER = "富士山です。高さは三千七百七十六メートルです。"


@dataclass(frozen=True, slots=True)
class Words:
    """How the page calls what the walk presses, in one of its languages."""

    talk: str
    conversations: str
    settings: str
    help: str
    close: str


ENGLISH = Words("Talk", "Conversations", "Settings", "Help and keys", "Close")
JAPANESE = Words("話す", "会話の一覧", "設定", "使い方とキー", "閉じる")


def prepare(scripted: FakeRealtime) -> None:
    """Let the server have something to show."""
    scripted.health, scripted.kept = dict(HEALTHY), list(KEPT)


def walk(page: Page, scripted: FakeRealtime, words: Words = ENGLISH) -> Iterator[str]:
    """Bring the page into one state after the other; yields the name of each when it is there."""
    expect(page.locator("[data-stage=llm]")).to_have_attribute("data-kind", "real")
    yield "welcome"
    page.get_by_role("button", name=words.talk, exact=True).click()
    await_phase(page, "listening")
    yield "listening"
    yield from _converse(page, scripted)
    yield from _look_around(page, scripted, words)
    scripted.health = AILING
    expect(page.locator("[data-stage=stt]")).to_have_attribute("data-kind", "mock", timeout=15_000)
    yield "ailing"
    page.locator("[data-stage=tts] button").click()
    yield "stages"
    page.keyboard.press("Escape")
    scripted.silent = True
    scripted.close(1011)
    await_phase(page, "reconnecting")
    yield "reconnecting"


def _converse(page: Page, scripted: FakeRealtime) -> Iterator[str]:
    scripted.send({"type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 20})
    partial = {"stable": "What is the capital", "unstable": " of fans"}
    scripted.send({"type": "kaiwa.transcription.partial", "item_id": "u1", **partial})
    await_phase(page, "hearing")
    yield "hearing"
    scripted.send(*heard("u1", "What is the capital of France?"))
    await_phase(page, "thinking")
    yield "thinking"
    scripted.send(*answer_begins("r1", "a1"), *sentence("r1", "a1", ANSWER, 1000), *answer_ends("r1", "a1", ANSWER))
    scripted.send(timings(1, "r1", "completed"))
    await_phase(page, "speaking")
    await_phase(page, "listening")
    scripted.send({"type": "input_audio_buffer.speech_started", "item_id": "u2", "audio_start_ms": 20})
    scripted.send(*heard("u2", "日本で一番高い山は何ですか", after="a1"))
    scripted.send(*answer_begins("r2", "a2"), *sentence("r2", "a2", LATER, 6000))
    scripted.send(timings(2, "r2", None))
    await_phase(page, "speaking")
    page.wait_for_timeout(2500)  # some of it is heard
    yield "speaking"
    page.keyboard.press("Escape")
    expect(page.locator(".line[data-id=a2]")).to_have_attribute("data-status", "cut")
    details = {"type": "failed", "error": {"type": "server_error", "code": "provider_timeout"}}
    done = {"id": "r3", "status": "failed", "status_details": details, "output": []}
    scripted.send(*answer_begins("r3", "a3"), {"type": "response.done", "response": done})
    expect(page.get_by_role("alert")).not_to_be_empty()
    yield "cut-and-failed"


def _look_around(page: Page, scripted: FakeRealtime, words: Words) -> Iterator[str]:
    for name, press in _panels(page, words).items():
        press()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.wait_for_timeout(400)  # it slides in
        yield name
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+.")
    scripted.send({"type": "kaiwa.speech.suspected"}, {"type": "kaiwa.speech.dismissed"})
    expect(page.get_by_text("kaiwa.speech.dismissed", exact=True)).to_be_visible()
    yield "event-log"
    page.keyboard.press("Control+.")


def _panels(page: Page, words: Words) -> dict[str, Callable[[], None]]:
    def button(name: str) -> Callable[[], None]:
        return lambda: page.get_by_role("button", name=name, exact=True).click()

    return {
        "conversations": button(words.conversations),
        "settings": button(words.settings),
        "help": button(words.help),
        "timings": page.locator(".line .time").last.click,
    }


def timings(turn: int, response: str, outcome: str | None) -> Event:
    """What the server says of how long a turn took."""
    times = {"speech_ms": 1450, "partial_ms": -310, "final_ms": 480, "first_token_ms": 910, "first_audio_ms": 1320}
    ids = {"request_id": f"req_{turn}", "item_id": f"u{turn}", "response_id": response}
    return {"type": "kaiwa.turn.timings", "turn": turn, **ids, **times} | ({"outcome": outcome} if outcome else {})
