"""Everything that can go wrong, as one tree. Each leaf has a stable code that log, metrics and client share.

KaiwaError
├── RequestError            the caller's: a message or request that cannot be served as it is
│   └── UnknownConversation   it names one that there is not
├── ProviderError           a model server's
│   ├── ProviderUnavailable   nothing answers at its address, or it is loading
│   ├── ProviderTimeout       it did not answer in time
│   ├── ProviderRefused       it answered with a refusal
│   └── ProviderGarbled       it answered with something that is not its protocol, or broke off
├── StoreError              the database's: it cannot be reached, read or written
├── ConversationLost        another session took the conversation up, or it was deleted
├── SettingsError           the operator's: a variable, a file or a port
└── InternalError           ours
"""


class KaiwaError(Exception):
    """Base of the tree. `str(error)` is one sentence for a person."""

    code = "internal_error"


class RequestError(KaiwaError):
    """The caller's mistake.

    Args:
        message: what is wrong and what to do, in one sentence.
        code: stable, lower case with underscores; clients compare it.
        param: the field at fault, dotted, if there is one.
        event_id: the `event_id` of the client's message at fault, if it had one.
    """

    def __init__(
        self, message: str, *, code: str = "invalid_value", param: str | None = None, event_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.event_id = event_id


class UnknownConversation(RequestError):  # noqa: N818 - the name says the state; the tree says it is an error
    """There is no such conversation: it was deleted, or it was private and its time is over."""

    def __init__(self) -> None:
        super().__init__("There is no such conversation any more: begin a new one.", code="conversation_not_found")


class ConversationLost(KaiwaError):  # noqa: N818 - as above
    """The session holds its conversation no longer. `deleted`: nobody does; else another session took it up."""

    def __init__(self, *, deleted: bool) -> None:
        what = "was deleted" if deleted else "goes on in another session"
        super().__init__(f"The conversation {what}.")
        self.code = "conversation_deleted" if deleted else "conversation_taken_over"


class StoreError(KaiwaError):
    """The store failed; the message holds no words of a conversation and no password."""

    code = "store_unavailable"


class ProviderError(KaiwaError):
    """A model server failed.

    Args:
        service: `llm`, `stt`, `tts` or `embedding`.
        message: what happened, without any of the speaker's words.
    """

    code = "provider_error"

    def __init__(self, service: str, message: str) -> None:
        super().__init__(f"{service}: {message}")
        self.service = service


class ProviderUnavailable(ProviderError):  # noqa: N818 - the name says the state; the tree says it is an error
    """Nothing answers at the provider's address, or it is still loading."""

    code = "provider_unavailable"


class ProviderTimeout(ProviderError):  # noqa: N818 - as above
    """The provider did not answer in time."""

    code = "provider_timeout"


class ProviderRefused(ProviderError):  # noqa: N818 - as above
    """The provider answered with a refusal (a 4xx or 5xx of its own)."""

    code = "provider_refused"


class ProviderGarbled(ProviderError):  # noqa: N818 - as above
    """The provider's answer is not its protocol, or it broke off."""

    code = "provider_garbled"


class SettingsError(KaiwaError):
    """The operator's mistake; the message names the variable, file or port and what to do."""

    code = "settings_error"


class InternalError(KaiwaError):
    """Our own mistake."""
