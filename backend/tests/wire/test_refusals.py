"""The codes and words that stock clients compare (pipecat and livekit-agents, each named where it matters)."""

import inspect

import pytest

from app.errors import RequestError
from app.wire import refusals

# livekit ends the session for good when it sees one of these as a code or as a type.
FATAL = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "invalid_api_key",
    "account_deactivated",
    "billing_hard_limit_reached",
}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (refusals.nothing_to_cancel(), "response_cancel_not_active"),  # pipecat
        (refusals.response_is_active(), "conversation_already_has_active_response"),  # pipecat
        (refusals.unknown_item("retrieve", "item_1"), "item_retrieve_invalid_item_id"),  # pipecat
        (refusals.duplicate_item("item_1"), "item_create_duplicate_item_id"),  # livekit
        (refusals.empty_commit(), "input_audio_buffer_commit_empty"),  # livekit
        (refusals.unknown_item("truncate", "item_1"), "item_truncate_invalid_item_id"),
        (refusals.unknown_item("delete", "item_1"), "item_delete_invalid_item_id"),
        (refusals.unknown_previous_item("item_1"), "item_create_invalid_previous_item_id"),
        (refusals.beta_api(), "beta_api_unsupported"),
    ],
)
def test_codes(error: RequestError, code: str) -> None:
    assert error.code == code


def test_a_cancellation_in_vain_begins_with_the_words_livekit_looks_for() -> None:
    assert str(refusals.nothing_to_cancel()).startswith("Cancellation failed")


def test_no_code_ends_a_session_for_good() -> None:
    source = inspect.getsource(refusals)
    assert not [code for code in FATAL if code in source]
