"""The utterances of one session that grow or wait to be transcribed: the item each becomes, and its times."""

from dataclasses import dataclass

from app.core.events import Utterance
from app.session.hearing import Hearing
from app.session.limits import Clock
from app.session.timings import TurnTimings
from app.wire.ids import new_id


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance."""

    item_id: str
    timings: TurnTimings


class Utterances:
    """Knows an utterance by its onset, so that it stays the same item however often its end is suspected."""

    def __init__(self, hearing: Hearing, clock: Clock) -> None:
        self._hearing, self._clock = hearing, clock
        self._heard: dict[int, Heard] = {}

    def begin(self, onset_ms: int) -> Heard:
        """Return the utterance that begins there."""
        heard = self._heard.setdefault(onset_ms, Heard(new_id("item"), TurnTimings(self._clock)))
        heard.timings.onset_at = self._hearing.when(onset_ms)
        return heard

    def end(self, utterance: Utterance) -> Heard:
        """Return the utterance, which has come to its end."""
        heard = self.begin(utterance.onset_ms)
        heard.timings.end_at = self._hearing.when(utterance.end_ms)
        heard.timings.voiced_ms = utterance.voiced_ms
        return heard

    def take(self, utterance: Utterance) -> Heard:
        """Return an utterance that is about to be transcribed."""
        return self._heard.get(utterance.onset_ms) or self.begin(utterance.onset_ms)

    def forget(self, until_ms: int) -> None:
        """Forget those that begin up to there: they are items of the conversation now."""
        self._heard = {at: heard for at, heard in self._heard.items() if at > until_ms}
