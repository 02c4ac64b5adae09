"""Keeps the model servers and the backend running until it is told to end.

Each program has one task that owns it: it starts the program, waits for its end, and starts it again after a pause
that doubles from crash to crash. A program that ends before it was ever ready will not get better by itself:
then everything ends, with its last words as the reason. Nothing is ended by exception; tasks return.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from app.local import child
from app.local.child import Service
from app.local.log_lines import LogLine, translate
from app.local.state_file import StateFile

NAME = "supervisor"
ASK_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the supervisor waits for what, in seconds."""

    start: float = 180.0
    poll: float = 0.1
    grace: float = 8.0
    first_pause: float = 0.5
    longest_pause: float = 30.0
    stable: float = 60.0


@dataclass(slots=True)
class _Course:
    """What the supervisor remembers of one program across its restarts."""

    service: Service
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    was_ready: bool = False
    restarts: int = 0
    crashes_in_a_row: int = 0
    last_words: str = ""


@dataclass(slots=True)
class Supervisor:
    """Runs `services`; what they print and what happens to them goes to `write`.

    Args:
        services: all are started at once; the supervision is ready when each is.
        write: takes each line of the log.
        state: kept up to date for the backend's /health.
        greeting: said when everything is ready.
        proof: address that answers 200 when all programs together can hold a conversation.
        timing: how long to wait for what.
    """

    services: Sequence[Service]
    write: Callable[[LogLine], None]
    state: StateFile
    greeting: str
    proof: str
    timing: Timing = field(default_factory=Timing)
    fault: str | None = None
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _hurry: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self) -> None:
        """Ask all programs to end; asked a second time, force them."""
        if self._ending.is_set():
            self._hurry.set()
            return
        self.write(LogLine(NAME, "info", "ending all programs"))
        self._ending.set()

    async def run(self) -> str | None:
        """Run until `end` is called, or until a program fails to start; return the reason then, else None."""
        courses = [_Course(service) for service in self.services]
        for course in courses:
            self.state.update(course.service.name, state="starting")
        async with asyncio.TaskGroup() as group:
            for course in courses:
                group.create_task(self._keep(course))
            group.create_task(self._greet(courses))
        return self.fault

    async def _keep(self, course: _Course) -> None:
        clock = asyncio.get_running_loop().time
        while not self._ending.is_set():
            began = clock()
            ended = await self._run_once(course)
            if ended is None:
                break
            if not course.was_ready:
                self._give_up(course, ended)
                break
            if clock() - began >= self.timing.stable:
                course.crashes_in_a_row = 0
            await self._pause(self._count_crash(course, ended))
        self.state.update(course.service.name, state="stopped", pid=None)

    def _count_crash(self, course: _Course, ended: str) -> float:
        """Tell of a crash; return how many seconds to wait before the next start."""
        pause_s = float(min(self.timing.longest_pause, self.timing.first_pause * 2**course.crashes_in_a_row))
        course.crashes_in_a_row += 1
        course.restarts += 1
        self._note(course, "warning", f"ended by itself ({ended}) and is started again in {pause_s:g} s")
        self.state.update(course.service.name, state="waiting", pid=None, restarts=course.restarts, last_exit=ended)
        return pause_s

    def _give_up(self, course: _Course, ended: str) -> None:
        words = f": {course.last_words}" if course.last_words else ""
        self.fault = self.fault or f"{course.service.name} could not start ({ended}){words}"
        self.end()

    async def _run_once(self, course: _Course) -> str | None:
        """Run the program once; return how it ended by itself, or None if it was ended because everything ends."""
        try:
            running = await child.start(course.service)
        except OSError as error:
            return f"it cannot be run, {error.strerror}"
        self.state.update(course.service.name, state="starting", pid=running.process.pid)
        reading = asyncio.create_task(running.read_lines(lambda text: self._relay(course, text)))
        late = asyncio.create_task(self._watch(course))
        gone = asyncio.create_task(running.wait())
        ending = asyncio.create_task(self._ending.wait())
        try:
            await asyncio.wait({late, gone, ending}, return_when=asyncio.FIRST_COMPLETED)
            if self._ending.is_set():
                return None
            return child.describe_exit(gone.result()) if gone.done() else f"not ready within {self.timing.start:g} s"
        finally:
            late.cancel()
            ending.cancel()
            await running.stop(self.timing.grace, self._hurry)
            await reading
            course.ready.clear()

    async def _watch(self, course: _Course) -> None:
        """Notice when the program is ready; return only when its time to become so is over."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self.timing.start):
                await self._await_answer(course.service.url)
        except TimeoutError:
            return
        course.ready.set()
        course.was_ready = True
        self.state.update(course.service.name, state="ready")
        self._note(course, "info", f"ready after {clock() - began:.1f} s")
        await self._ending.wait()

    async def _await_answer(self, url: str) -> None:
        """Return as soon as `url` answers 200."""
        async with httpx.AsyncClient(timeout=ASK_LIMIT_S, trust_env=False) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):  # it is still starting
                    if (await client.get(url)).is_success:
                        return
                await asyncio.sleep(self.timing.poll)

    async def _greet(self, courses: Sequence[_Course]) -> None:
        """Say that everything is ready, once it is, and unless it ends before."""
        greeting = asyncio.create_task(self._await_everything(courses))
        ending = asyncio.create_task(self._ending.wait())
        await asyncio.wait({greeting, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not self._ending.is_set():
            self.write(LogLine(NAME, "info", self.greeting))
        greeting.cancel()
        ending.cancel()

    async def _await_everything(self, courses: Sequence[_Course]) -> None:
        for course in courses:
            await course.ready.wait()
        try:
            async with asyncio.timeout(self.timing.start):
                await self._await_answer(self.proof)
        except TimeoutError:
            self.write(LogLine(NAME, "warning", f"something is not ready; {self.proof} says what"))
            await self._await_answer(self.proof)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    def _relay(self, course: _Course, text: str) -> None:
        line = translate(course.service.name, text, serving=course.ready.is_set())
        if line is None:
            return
        if line.level != "debug":
            course.last_words = line.message
        self.write(line)

    def _note(self, course: _Course, level: str, message: str) -> None:
        self.write(LogLine(NAME, level, f"{course.service.name} {message}"))
