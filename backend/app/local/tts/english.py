"""The English voice: hibari's own, which comes with its package."""

from hibari import SAMPLE_RATE, Hibari

from app.local.resampling import Samples
from app.local.tts.script import Language

NAME = "hibari"


class EnglishVoice:
    """Speaks English at `rate` samples a second."""

    language: Language = "en"
    rate: int = SAMPLE_RATE

    def __init__(self, threads: int) -> None:
        self._engine = Hibari(threads=threads)
        self.speak("Warm up.", None)

    def sentences(self, text: str) -> list[str]:
        """Cut `text` where the voice would breathe."""
        sentences: list[str] = Hibari.split_sentences(text)
        return sentences

    def speak(self, sentence: str, seed: int | None) -> Samples:
        """Return one sentence as sound; the same `seed` gives the same samples."""
        samples: Samples = self._engine(sentence, seed=seed)
        return samples
