import asyncio
from functools import partial
from threading import Event

import pytest

from app.local.lane import CallerGoneError, Lane, LaneFullError


async def never() -> None:
    await asyncio.Event().wait()


async def leave_once(begun: Event) -> None:
    await asyncio.to_thread(begun.wait, 20)


async def leave_when(asked: asyncio.Event) -> None:
    await asked.wait()


def wait_to_be_told(gone: Event) -> str:
    assert gone.wait(20)
    return "told"


async def test_a_job_gives_its_result() -> None:
    assert await Lane(1).run(lambda _gone: 7, never()) == 7


async def test_a_job_s_failure_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        await Lane(1).run(lambda _gone: 1 // 0, never())


async def test_a_caller_too_many_is_refused_and_a_place_is_free_again_later() -> None:
    lane = Lane(1)
    with lane.admit(), pytest.raises(LaneFullError), lane.admit():
        pytest.fail("admitted")
    with lane.admit():
        assert lane.inside == 1


async def test_a_job_is_told_when_its_caller_leaves() -> None:
    lane, begun, told = Lane(1), Event(), Event()

    def job(gone: Event) -> None:
        begun.set()
        wait_to_be_told(gone)
        told.set()

    with pytest.raises(CallerGoneError):
        await lane.run(job, leave_once(begun))
    assert await asyncio.to_thread(told.wait, 20)
    assert (lane.started, lane.aborted, lane.left_in_line) == (1, 1, 0)


async def test_a_job_whose_caller_leaves_the_line_is_never_started() -> None:
    lane, release = Lane(3), Event()
    first = asyncio.ensure_future(lane.run(lambda _gone: release.wait(20), never()))
    left = asyncio.Event()
    second = asyncio.ensure_future(lane.run(lambda _gone: pytest.fail("started"), leave_when(left)))
    await asyncio.sleep(0)
    left.set()
    with pytest.raises(CallerGoneError):
        await second
    release.set()
    assert await first
    assert await lane.run(lambda _gone: "next", never()) == "next"
    assert (lane.started, lane.aborted, lane.left_in_line) == (2, 0, 1)


async def test_a_cancelled_request_tells_its_job_to_stop() -> None:
    lane, begun, told = Lane(1), Event(), Event()

    def job(gone: Event) -> None:
        begun.set()
        wait_to_be_told(gone)
        told.set()

    request = asyncio.ensure_future(lane.run(job, never()))
    await asyncio.to_thread(begun.wait, 20)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert await asyncio.to_thread(told.wait, 20)


async def test_jobs_run_one_at_a_time_in_order() -> None:
    lane = Lane(3)
    seen: list[int] = []

    def note_twice(number: int, _gone: Event) -> None:
        seen.extend([number, number])

    await asyncio.gather(*(lane.run(partial(note_twice, number), never()) for number in range(3)))
    assert seen == [0, 0, 1, 1, 2, 2]
