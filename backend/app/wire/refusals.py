"""Refusals whose code or words stock clients compare: a wrong letter here ends somebody's session."""

from typing import Literal

from app.errors import RequestError


def nothing_to_cancel() -> RequestError:
    """`response.cancel` came when no response was active: a common race. The first two words are compared too."""
    return RequestError("Cancellation failed: no active response found.", code="response_cancel_not_active")


def response_is_active() -> RequestError:
    """`response.create` came while the conversation's response was under way."""
    return RequestError(
        "The conversation already has an active response. Wait for response.done, or cancel it.",
        code="conversation_already_has_active_response",
    )


def empty_commit() -> RequestError:
    """`input_audio_buffer.commit` came with nothing in the buffer."""
    return RequestError("The input audio buffer is empty.", code="input_audio_buffer_commit_empty")


def unknown_item(verb: Literal["retrieve", "delete", "truncate"], item_id: str) -> RequestError:
    """`conversation.item.<verb>` named an item that the conversation does not have."""
    return RequestError(
        f"There is no item {item_id!r} in the conversation.", code=f"item_{verb}_invalid_item_id", param="item_id"
    )


def duplicate_item(item_id: str) -> RequestError:
    """`conversation.item.create` brought an id that the conversation already has."""
    return RequestError(
        f"The conversation already has an item {item_id!r}.", code="item_create_duplicate_item_id", param="item.id"
    )


def unknown_previous_item(item_id: str) -> RequestError:
    """`conversation.item.create` wants to stand behind an item that the conversation does not have."""
    return RequestError(
        f"There is no item {item_id!r} in the conversation to stand behind.",
        code="item_create_invalid_previous_item_id",
        param="previous_item_id",
    )


def invalid_audio(message: str) -> RequestError:
    """`input_audio_buffer.append` brought what is no sound in the session's format; nothing of it is taken."""
    return RequestError(message, code="invalid_audio", param="audio")


def beta_api() -> RequestError:
    """The client speaks the Realtime API of before September 2025."""
    return RequestError(
        "This server speaks the general-availability Realtime API, not the beta: "
        "use a current SDK, drop the OpenAI-Beta header, and send session.type and session.audio.",
        code="beta_api_unsupported",
    )
