"""What Prometheus is told, under `/metrics`. `main` makes one `Metrics` and passes it down.

The three times of a turn have one meaning each: `partial` from the first voiced sample to the first hypothesis,
`final` from the last voiced sample to the final transcript, `tts_start` from the last voiced sample to the first
sound sent; the silence that ends a turn is part of the last two. All times are in seconds.
"""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

TURN_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)
"""Dense around the targets of the target machine: 0.5 s to the first hypothesis, 2 s to the first sound."""

PROVIDER_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""From a vector in a few milliseconds to a long answer's last word."""


class Metrics:
    """All instruments, in a registry of their own: two of these in one process do not meet."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        """Make every instrument, and the process's own figures (memory, processor, files)."""
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.partial = Histogram(
            "kaiwa_partial_seconds", "Speech onset to first hypothesis", buckets=TURN_BUCKETS, registry=registry
        )
        self.final = Histogram(
            "kaiwa_final_seconds", "Speech end to final transcript", buckets=TURN_BUCKETS, registry=registry
        )
        self.tts_start = Histogram(
            "kaiwa_tts_start_seconds", "Speech end to first sound sent", buckets=TURN_BUCKETS, registry=registry
        )
        self.provider_first = Histogram(
            "kaiwa_provider_first_seconds",
            "Request to the first piece of a provider's answer",
            ["service"],
            buckets=PROVIDER_BUCKETS,
            registry=registry,
        )
        self.provider = Histogram(
            "kaiwa_provider_seconds",
            "Request to the end of a provider's answer, failed ones included",
            ["service", "outcome"],
            buckets=PROVIDER_BUCKETS,
            registry=registry,
        )
        self.sessions = Gauge("kaiwa_sessions", "Sessions that are open", registry=registry)
        self.turns = Counter("kaiwa_turns", "Turns that ended", ["outcome"], registry=registry)
        self.barge_ins = Counter("kaiwa_barge_ins", "Answers that the speaker interrupted", registry=registry)
        self.fallbacks = Counter(
            "kaiwa_fallbacks", "Requests served by a fallback endpoint", ["service"], registry=registry
        )
        self.errors = Counter("kaiwa_errors", "Errors by their code", ["code"], registry=registry)

    def render(self) -> bytes:
        """Return the text that `/metrics` answers, of type `content_type`."""
        return generate_latest(self.registry)
