"""The one writer of a socket: order, pace, what a cut drops, and clients that do not read."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.session.outbox import Outbox


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Note:
    """A message that is its own text."""

    text: str

    def encode(self) -> str:
        return self.text


class Reader:
    """A client that notes what it gets; `reads` clear: it does not read; `takes_s`: how long a message takes."""

    def __init__(self, clock: HandClock) -> None:
        self.got: list[str] = []
        self.closed: tuple[int, str] | None = None
        self.reads = asyncio.Event()
        self.reads.set()
        self.takes_s = 0.0
        self._clock = clock

    async def receive(self) -> str | None:
        return None

    async def send(self, message: str) -> None:
        self._clock.now += self.takes_s
        await asyncio.sleep(0)
        await self.reads.wait()
        self.got.append(message)

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


class Stand:
    """An outbox that runs, its clock and its client."""

    def __init__(self, lag_s: float = 10.0) -> None:
        self.clock = HandClock()
        self.client = Reader(self.clock)
        self.outbox = Outbox(self.client, self.clock, ahead_s=2.0, lag_s=lag_s)
        self.running = asyncio.create_task(self.outbox.run())

    async def speak(self, key: str, *, count: int, ms: float = 250.0) -> None:
        for number in range(count):
            await self.outbox.put(key, Note(f"{key}{number}"), ms)

    async def pass_time(self, seconds: float) -> list[str]:
        """Let the writer write, move the clock, let it see that, and return all that the client got."""
        await settle()
        self.clock.now += seconds
        self.outbox.tell(Note("tick"))  # news: the writer looks at the clock again
        await settle()
        return [each for each in self.client.got if each != "tick"]


async def settle() -> None:
    """Let everybody do what they can do without the clock moving."""
    for _ in range(100):
        await asyncio.sleep(0)


@asynccontextmanager
async def standing(lag_s: float = 10.0) -> AsyncGenerator[Stand, None]:
    stand = Stand(lag_s)
    yield stand
    stand.running.cancel()
    await asyncio.gather(stand.running, return_exceptions=True)


async def test_an_answer_keeps_its_order_and_facts_overtake_it() -> None:
    async with standing() as stand:
        stand.outbox.post("a", Note("created"))
        await stand.outbox.put("a", Note("words"))
        stand.outbox.post("a", Note("done"))
        stand.outbox.tell(Note("fact"))
        await settle()
        assert stand.client.got == ["fact", "created", "words", "done"]


async def test_sound_is_at_most_two_seconds_ahead() -> None:
    async with standing() as stand:
        await stand.speak("a", count=20)
        assert await stand.pass_time(0) == [f"a{number}" for number in range(9)]  # the last begins at 2.0 s
        assert len(await stand.pass_time(0.24)) == 9
        assert len(await stand.pass_time(0.02)) == 10
        assert len(await stand.pass_time(10)) == 19  # again two seconds at once
        assert len(await stand.pass_time(0.5)) == 20


async def test_what_follows_sound_waits_for_it() -> None:
    async with standing() as stand:
        await stand.speak("a", count=10)
        stand.outbox.post("a", Note("done"))
        assert "done" not in await stand.pass_time(0)
        assert (await stand.pass_time(0.3))[-2:] == ["a9", "done"]


async def test_the_text_of_one_answer_does_not_wait_for_the_sound_of_another() -> None:
    async with standing() as stand:
        speaking = asyncio.create_task(stand.speak("spoken", count=100))
        await stand.pass_time(0)
        async with asyncio.timeout(1):
            for number in range(100):
                await stand.outbox.put("written", Note(f"written{number}"))
        got = await stand.pass_time(0)
        assert [each for each in got if each.startswith("written")] == [f"written{number}" for number in range(100)]
        speaking.cancel()


async def test_the_writer_wakes_by_itself_when_it_is_time() -> None:
    client, third = Reader(HandClock()), asyncio.Event()
    outbox = Outbox(client, time.monotonic, ahead_s=2.0, lag_s=10.0)
    for number in range(3):
        await outbox.put("a", Note(str(number)), 1_010, third.set if number == 2 else None)
    running = asyncio.create_task(outbox.run())
    async with asyncio.timeout(2):
        await third.wait()
    running.cancel()


async def test_the_producer_waits_while_too_much_is_queued() -> None:
    async with standing() as stand:
        producer = asyncio.create_task(stand.speak("a", count=1_000))
        await settle()
        assert not producer.done()
        assert len(stand.outbox._queue) == 64
        for _ in range(120):
            await stand.pass_time(10)
        assert producer.done()
        assert [each for each in stand.client.got if each != "tick"] == [f"a{number}" for number in range(1_000)]


async def test_heard_is_the_time_since_the_first_sound_and_never_more_than_was_sent() -> None:
    async with standing() as stand:
        assert stand.outbox.heard_ms("a") is None
        await stand.speak("a", count=4)
        await settle()
        assert stand.outbox.heard_ms("a") == 0
        await stand.pass_time(0.3)
        assert stand.outbox.heard_ms("a") == pytest.approx(300)
        assert stand.outbox.playing
        await stand.pass_time(60)
        assert stand.outbox.heard_ms("a") == 1_000
        assert not stand.outbox.playing


async def test_a_gap_in_the_sound_is_not_heard_as_sound() -> None:
    async with standing() as stand:
        await stand.speak("a", count=1)
        await stand.pass_time(5)
        await stand.speak("a", count=1)
        await settle()
        assert stand.outbox.heard_ms("a") == pytest.approx(250)
        await stand.pass_time(0.1)
        assert stand.outbox.heard_ms("a") == pytest.approx(350)


async def test_each_answer_is_heard_for_itself() -> None:
    async with standing() as stand:
        await stand.speak("a", count=2)
        await stand.speak("b", count=2)
        await stand.pass_time(0.6)
        assert stand.outbox.heard_ms("a") == pytest.approx(500)
        assert stand.outbox.heard_ms("b") == pytest.approx(100)


async def test_forgetting_drops_sound_and_text_and_keeps_the_frame() -> None:
    async with standing() as stand:
        stand.outbox.post("a", Note("created"))
        await stand.speak("a", count=15)
        await stand.outbox.put("a", Note("words"))
        stand.outbox.post("a", Note("done"))
        await stand.speak("b", count=1)
        await settle()
        stand.outbox.forget("a")
        got = await stand.pass_time(0)
        assert got == ["created", *(f"a{number}" for number in range(9)), "done", "b0"]
        assert stand.outbox.heard_ms("a") is None


async def test_forgetting_lets_a_waiting_producer_go_on() -> None:
    async with standing() as stand:
        await stand.speak("a", count=73)
        waiting = asyncio.create_task(stand.speak("a", count=1))
        await settle()
        assert not waiting.done()
        stand.outbox.forget("a")
        await settle()
        assert waiting.done()
        assert stand.client.got[-1] == "a0"


async def test_after_a_cut_the_next_sound_goes_out_at_once() -> None:
    async with standing() as stand:
        await stand.speak("a", count=15)
        await settle()
        stand.outbox.forget("a")
        assert not stand.outbox.playing
        await stand.speak("b", count=1)
        await settle()
        assert stand.client.got[-1] == "b0"


async def test_what_is_done_on_sending_is_done_just_before_and_in_order() -> None:
    async with standing() as stand:
        seen: list[list[str]] = []
        stand.outbox.post("a", Note("created"), lambda: seen.append(list(stand.client.got)))
        await stand.outbox.put("a", Note("sound"), 200, lambda: seen.append(list(stand.client.got)))
        await settle()
        assert seen == [[], ["created"]]


async def test_a_client_that_does_not_read_is_closed_with_the_reason() -> None:
    async with standing(lag_s=0.02) as stand:
        stand.client.reads.clear()
        stand.outbox.tell(Note("hello"))
        await asyncio.wait((stand.running,), timeout=2)
        assert stand.client.closed == (1013, "client is too slow: it does not read its messages")


async def test_a_client_that_only_ever_reads_too_slowly_is_closed_too() -> None:
    async with standing() as stand:
        stand.client.takes_s = 4.0  # no message takes ten seconds, but it is ever further behind
        for number in range(10):
            stand.outbox.tell(Note(str(number)))
        await asyncio.wait((stand.running,), timeout=2)
        assert stand.client.closed is not None
        assert stand.client.closed[0] == 1013
        assert stand.client.got == [str(number) for number in range(len(stand.client.got))]
        assert len(stand.client.got) < 5


async def test_a_client_that_has_sound_to_play_is_not_behind() -> None:
    async with standing() as stand:
        stand.client.takes_s = 0.24  # barely faster than it plays: the writer never rests
        await asyncio.wait_for(stand.speak("a", count=60), 5)
        await settle()
        assert stand.clock.now > 114
        assert stand.client.closed is None


async def test_a_long_silence_is_no_lag() -> None:
    async with standing() as stand:
        stand.outbox.tell(Note("first"))
        await settle()
        stand.clock.now += 3_600
        stand.outbox.tell(Note("second"))
        await settle()
        assert stand.client.got == ["first", "second"]
        assert stand.client.closed is None


@pytest.mark.parametrize("lane", ["told", "posted"])
async def test_both_lanes_are_bounded_and_nothing_is_left_out_of_the_middle(lane: str) -> None:
    async with standing() as stand:
        stand.client.reads.clear()
        await settle()
        for number in range(50_000):
            if lane == "told":
                stand.outbox.tell(Note(str(number)))
            else:
                stand.outbox.post("a", Note(str(number)))
            if number == 10:
                await settle()
        assert len(stand.outbox._told) + len(stand.outbox._queue) < 2_100
        stand.client.reads.set()
        await asyncio.wait((stand.running,), timeout=2)
        assert stand.client.closed == (1013, "client is too slow: it does not read its messages")
        assert stand.client.got == [str(number) for number in range(len(stand.client.got))]


async def test_parting_says_everything_told_before_it_closes() -> None:
    async with standing() as stand:
        stand.outbox.tell(Note("refused"))
        stand.outbox.part(Note("goodbye"), 1001, "too long")
        assert stand.outbox.parting
        await asyncio.wait((stand.running,), timeout=2)
        assert stand.client.got == ["refused", "goodbye"]
        assert stand.client.closed == (1001, "too long")


async def test_parting_from_a_client_that_does_not_read_ends_all_the_same() -> None:
    async with standing(lag_s=0.02) as stand:
        stand.client.reads.clear()
        stand.outbox.part(Note("goodbye"), 1001, "too long")
        await asyncio.wait((stand.running,), timeout=2)
        assert stand.client.closed is not None


LENGTHS = st.lists(st.floats(1, 500), min_size=1, max_size=40)


@settings(max_examples=30)
@given(LENGTHS, st.floats(0.01, 1.0))
async def test_the_pace_holds_for_any_pieces_and_steps(lengths: list[float], step_s: float) -> None:
    async with standing() as stand:
        begin, sent_s = stand.clock.now, 0.0
        for number, ms in enumerate(lengths):
            await stand.outbox.put("a", Note(str(number)), ms)
        for _ in range(10):
            got = await stand.pass_time(step_s)
            sent_s = sum(lengths[: len(got)]) / 1000
            assert got == [str(number) for number in range(len(got))]
            assert sent_s - (stand.clock.now - begin) <= 2.0 + 0.5 + 1e-6
        assert sent_s > 0
