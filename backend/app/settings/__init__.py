"""Every setting of the installation, by the names of `.env.default`, read once and checked.

`load` is called by the programs (main, cli, the supervisor), which pass what a part needs down in small pieces;
no part imports this package to look something up. An unknown or wrong value stops the start in one sentence.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.errors import SettingsError
from app.settings.backend import BackendSettings, RagSettings
from app.settings.conversation import LimitSettings, TurnSettings
from app.settings.cpu import CpuSettings
from app.settings.providers import EmbeddingSettings, LlmSettings, SttSettings, TtsSettings
from app.settings.source import Variables

ROOT = Path(__file__).parents[3]


class Settings(
    LlmSettings,
    SttSettings,
    TtsSettings,
    EmbeddingSettings,
    CpuSettings,
    RagSettings,
    TurnSettings,
    LimitSettings,
    BackendSettings,
    BaseSettings,
):
    """All settings. The defaults are those of the production installation; `.env.default` explains each."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_file=ROOT / ".env", allow_inf_nan=False, validate_default=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes it by name
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes it by name
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what the caller gives, then environment and `.env` together."""
        return init_settings, Variables(settings_cls, getattr(dotenv_settings, "env_file", None))


def load(**given: Any) -> Settings:
    """Return the settings of this start; `given` ones win over the environment and `.env`.

    Raises:
        SettingsError: a value is wrong; the text is one sentence that names the variable.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def resolve(path: str | Path) -> Path:
    """Return `path` as it is if absolute, otherwise below the root of the repository."""
    return ROOT / path


def _sentence(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False, include_context=False)
    variable = str(first["loc"][0]).upper()
    reason = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    shown = "" if variable.endswith(("_KEY", "DATABASE_URL")) else f", but it is {str(first['input'])!r}"
    more = f" (and {len(others)} more wrong: {', '.join(_names(others))})" if others else ""
    return f"{variable} {reason}{shown}{more}."


def _names(errors: list[Any]) -> list[str]:
    return sorted({str(error["loc"][0]).upper() for error in errors})
