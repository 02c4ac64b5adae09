"""What `/metrics` shows."""

from prometheus_client.parser import text_string_to_metric_families

from app.metrics import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return every figure by its name and labels."""
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_turn_is_counted_where_it_belongs() -> None:
    metrics = Metrics()
    metrics.partial.observe(0.45)
    metrics.provider.labels(service="stt", outcome="ok").observe(0.9)
    metrics.barge_ins.inc()
    metrics.errors.labels(code="provider_timeout").inc()
    metrics.sessions.inc()

    seen = samples(metrics)
    assert seen["kaiwa_partial_seconds_bucket", (("le", "0.4"),)] == 0
    assert seen["kaiwa_partial_seconds_bucket", (("le", "0.5"),)] == 1
    assert seen["kaiwa_provider_seconds_count", (("outcome", "ok"), ("service", "stt"))] == 1
    assert seen["kaiwa_barge_ins_total", ()] == 1
    assert seen["kaiwa_errors_total", (("code", "provider_timeout"),)] == 1
    assert seen["kaiwa_sessions", ()] == 1


def test_two_of_them_do_not_meet() -> None:
    one, other = Metrics(), Metrics()
    one.barge_ins.inc()

    assert samples(other)["kaiwa_barge_ins_total", ()] == 0


def test_the_process_shows_its_own_figures() -> None:
    assert samples(Metrics())["process_resident_memory_bytes", ()] > 0
