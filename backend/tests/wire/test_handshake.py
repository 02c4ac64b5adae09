import pytest

from app.wire.handshake import is_beta, offered_key, select_subprotocol

BROWSER = ["realtime", "openai-insecure-api-key.ek_1", "openai-agents-sdk.0.20.0"]


def test_realtime_is_selected_and_never_the_key() -> None:
    assert select_subprotocol(BROWSER) == "realtime"
    assert select_subprotocol(BROWSER[1:]) is None
    assert select_subprotocol([]) is None


def test_the_key_of_a_browser_is_found() -> None:
    assert offered_key(BROWSER) == "ek_1"
    assert offered_key(["realtime"]) is None


@pytest.mark.parametrize(
    ("headers", "offered", "beta"),
    [
        ({"OpenAI-Beta": "realtime=v1"}, [], True),
        ({"openai-beta": "assistants=v2, realtime=v1"}, [], True),
        ({}, ["realtime", "openai-beta.realtime-v1"], True),
        ({"openai-beta": "assistants=v2"}, BROWSER, False),
        ({}, [], False),
    ],
)
def test_beta_clients_are_known_by_header_or_subprotocol(
    headers: dict[str, str], offered: list[str], beta: bool
) -> None:
    assert is_beta(headers, offered) is beta
