import pytest

from app.providers.circuit import Circuit, Pace

PACE = Pace(failures=3, healthy_s=5, first_retry_s=1, longest_retry_s=10)


@pytest.fixture
def ready() -> Circuit:
    circuit = Circuit(PACE)
    assert circuit.state == "loading"
    assert circuit.prove()
    return circuit


def test_readiness_is_earned_by_a_canary_or_by_real_work() -> None:
    for earn in (Circuit.prove, Circuit.succeed):
        circuit = Circuit(PACE)
        assert earn(circuit)
        assert not earn(circuit)  # nothing new
        assert circuit.state == "ready"


def test_three_failures_in_a_row_take_it_out(ready: Circuit) -> None:
    assert [ready.fail(now, "silent") for now in (1, 2, 3)] == [False, False, True]
    assert (ready.state, ready.reason, ready.since) == ("down", "silent", 3)


def test_a_success_between_failures_forgives_them(ready: Circuit) -> None:
    for _ in range(4):
        ready.fail(1, "silent")
        ready.fail(2, "silent")
        ready.succeed()
    assert ready.state == "ready"


def test_a_canary_that_sings_does_not_forgive_real_failures(ready: Circuit) -> None:
    for now in (1, 2):
        ready.fail(now, "silent")
        assert ready.is_doubtful
        ready.prove()
    assert ready.fail(3, "silent")


def test_a_canary_gives_a_fresh_start_to_one_that_was_out(ready: Circuit) -> None:
    ready.open(1, "refused")
    ready.prove()
    assert not ready.is_doubtful
    assert (ready.state, ready.reason, ready.since) == ("ready", None, None)


def test_one_failure_is_enough_for_an_endpoint_that_never_worked() -> None:
    circuit = Circuit(PACE)
    assert circuit.fail(1, "silent")
    assert circuit.state == "down"


def test_it_is_down_since_it_went_down(ready: Circuit) -> None:
    assert ready.open(1, "refused")
    assert not ready.open(2, "still refused")
    assert (ready.since, ready.reason) == (1, "still refused")
    assert ready.open(3, "loading a model", "loading")
    assert (ready.state, ready.since) == ("loading", 3)


def test_looks_become_rarer_while_it_stays_down(ready: Circuit) -> None:
    assert ready.pause_s() == 5
    pauses = []
    for now in range(6):
        ready.open(now, "refused")
        pauses.append(ready.pause_s())
    assert pauses == [1, 2, 4, 8, 10, 10]


def test_who_relapses_after_every_canary_is_asked_less_often(ready: Circuit) -> None:
    pauses = []
    for now in range(3):
        ready.open(now, "refused")
        pauses.append(ready.pause_s())
        ready.prove()
    assert pauses == [1, 2, 4]
    ready.succeed()
    ready.open(9, "refused")
    assert ready.pause_s() == 1
