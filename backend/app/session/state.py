"""What the parts of one session share."""

from dataclasses import dataclass

from app.core.language import LanguageChoice
from app.session.conversation import Conversation
from app.session.hearing import Hearing
from app.session.keeping import Keeping
from app.session.limits import SessionLimits
from app.session.outbox import Outbox
from app.session.services import Services
from app.wire.session_config import SessionConfig


@dataclass(slots=True)
class SessionState:
    """One session. `config` is replaced as a whole when the client changes it."""

    services: Services
    limits: SessionLimits
    config: SessionConfig
    outbox: Outbox
    conversation: Conversation
    hearing: Hearing
    languages: LanguageChoice
    keeping: Keeping
    voice: str | None = None  # the provider's voice that `config.voice` means; None is its default

    @property
    def language(self) -> str:
        """The language the assistant speaks now."""
        return self.languages.current or "en"
