"""Everything that can go wrong, as one tree. Each leaf has a stable code that log, metrics and client share.

KaiwaError
├── RequestError            the caller's: a message or request that cannot be served as it is
├── ProviderError           a model server's
│   ├── ProviderUnavailable   nothing answers at its address, or it is loading
│   ├── ProviderTimeout       it did not answer in time
│   ├── ProviderRefused       it answered with a refusal
│   └── ProviderGarbled       it answered with something that is not its protocol, or broke off
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
