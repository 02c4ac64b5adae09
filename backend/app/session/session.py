"""One session, from the client's coming to its leaving: reads its messages, within its limits, and ends everything."""

import asyncio

from app.core.language import LanguageChoice
from app.errors import ConversationLost, InternalError, KaiwaError, RequestError, StoreError
from app.log import bound, logger
from app.session.client import Client
from app.session.conversation import Conversation
from app.session.dialogue import Dialogue
from app.session.hearing import Hearing
from app.session.keeping import Keeping
from app.session.limits import SessionLimits, TokenBucket
from app.session.outbox import Outbox
from app.session.requests import Requests, gate_settings
from app.session.services import Services
from app.session.state import SessionState
from app.session.tasks import Tasks
from app.wire import server_events as wire
from app.wire.client_events import Append, parse
from app.wire.session_config import SessionConfig

log = logger()

_POLICY = 1008
_GOING_AWAY = 1001
_WATCH_S = 1.0


class Session:
    """One client's session.

    Args:
        client: the other end.
        services: what all sessions share.
        limits: of this one.
        config: what holds until the client says otherwise.
    """

    def __init__(self, client: Client, services: Services, limits: SessionLimits, config: SessionConfig) -> None:
        self._client, self._services, self._limits = client, services, limits
        self._tasks = Tasks()
        outbox = Outbox(client, services.clock, ahead_s=limits.outbox_ahead_s, lag_s=limits.outbox_lag_s)
        manual = config.turn_detection is None
        hearing = Hearing(services.new_detector(), gate_settings(config, services.manner, limits), services.clock)
        hearing.adopt(hearing.gate.settings, manual=manual)
        conversation = Conversation(outbox.tell, longest=limits.items)
        keeping = conversation.keeping = Keeping(
            config.id, services.holders, conversation.read_item, on_lost=self._lose, on_failure=self._tell_unkept
        )
        self._state = SessionState(
            services=services,
            limits=limits,
            config=config,
            outbox=outbox,
            conversation=conversation,
            keeping=keeping,
            hearing=hearing,
            languages=LanguageChoice(config.language or services.manner.language),
        )
        self._dialogue = Dialogue(self._state, self._tasks.spawn)
        self._messages = TokenBucket(limits.messages_per_s, 2 * limits.messages_per_s, services.clock)
        self._requests = Requests(self._state, self._dialogue, self._tasks.spawn, self._messages)
        self._errors_left = limits.errors
        self._busy_at = services.clock()  # when somebody last spoke, asked or was answered

    async def run(self) -> None:
        """Serve the client until it leaves or has to go. Always returns; whatever was begun has ended then."""
        with bound(session_id=self._state.config.id):
            log.info("session.opened")
            self._state.outbox.tell(wire.SessionCreated(self._state.config.wire()))
            writer = self._tasks.spawn(self._state.outbox.run)
            watch = self._tasks.spawn(self._watch)
            reader = self._tasks.spawn(self._read)
            self._tasks.spawn(self._requests.find_voice)
            self._tasks.spawn(self._state.keeping.run)
            try:
                await asyncio.wait((reader, writer, watch), return_when=asyncio.FIRST_COMPLETED)
                if self._state.outbox.parting:
                    await asyncio.wait((writer,))
            finally:
                await self._tasks.end()
                await self._state.keeping.end()
                log.info("session.closed", turns=self._dialogue.turn.number)

    async def _read(self) -> None:
        while (message := await self._client.receive()) is not None:
            if not self._messages.take():
                error = RequestError("Too many messages a second.", code="rate_limit_exceeded")
                self._part(error, _POLICY)
                return
            await self._serve(message)
            if self._errors_left <= 0:
                error = RequestError("Too many refused messages.", code="too_many_errors")
                self._part(error, _POLICY)
                return

    async def _serve(self, message: str) -> None:
        event_id = None
        try:
            event = parse(message)
            event_id = event.event_id
            if not isinstance(event, Append):
                self._busy_at = self._services.clock()
            await self._requests.serve(event)
        except RequestError as error:
            self._refuse(error, event_id)
        except Exception:
            log.exception("message.failed")
            self._refuse(InternalError("a message could not be served"), event_id)

    def _refuse(self, error: KaiwaError, event_id: str | None) -> None:
        self._errors_left -= 1
        log.info("message.refused", code=error.code)
        self._services.metrics.errors.labels(error.code).inc()
        self._state.outbox.tell(wire.ErrorEvent.from_error(error, event_id))

    async def _watch(self) -> None:
        """End a session that is idle, or older than sessions may be."""
        clock, limits = self._services.clock, self._limits
        oldest = clock() + limits.longest_s
        while True:
            now = clock()
            if self._dialogue.busy or self._state.outbox.playing:
                self._busy_at = now
            if now >= oldest:
                error = RequestError("The session reached its longest duration.", code="session_expired")
                return self._part(error, _GOING_AWAY)
            if now >= self._busy_at + limits.idle_s:
                error = RequestError("Nobody has said anything for too long.", code="session_idle")
                return self._part(error, _GOING_AWAY)
            await asyncio.sleep(min(_WATCH_S, oldest - now, self._busy_at + limits.idle_s - now))

    def _lose(self, lost: ConversationLost) -> None:
        """The conversation goes on elsewhere, or is no more: so this session is over."""
        self._part(RequestError(str(lost), code=lost.code), _POLICY)

    def _tell_unkept(self, error: StoreError) -> None:
        self._services.metrics.errors.labels(error.code).inc()
        self._state.outbox.tell(wire.ErrorEvent.from_error(error))

    def _part(self, error: RequestError, code: int) -> None:
        """Tell the client why, and close."""
        self._services.metrics.errors.labels(error.code).inc()
        log.info("session.parted", code=error.code)
        self._state.outbox.part(wire.ErrorEvent.from_error(error), code, str(error))
