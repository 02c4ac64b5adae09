"""Where values come from: the environment first, then the operator's `.env`; an empty value counts as unset.

`${NAME}` and `${NAME:-text}` inside a value stand for another variable, looked up in the same order
and in the defaults last, so that LLM_ENDPOINT follows LLM_PORT wherever that was set.
"""

import os
import re
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<otherwise>[^}]*))?\}")


class Variables(PydanticBaseSettingsSource):
    """One source for both places: only so can a reference in one reach a value in the other."""

    def __init__(self, settings_cls: type[BaseSettings], env_file: Path | None) -> None:
        """Read `env_file`, if there is one; the environment is read when the values are asked for."""
        super().__init__(settings_cls)
        self._file = dotenv_values(env_file, interpolate=False) if env_file else {}

    def __call__(self) -> dict[str, Any]:
        """Return the values of all fields that are set, or whose default refers to another variable."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the text of one field with its references filled in, or None to leave it at its default."""
        text = self._set_text(field_name.upper())
        if text is None and "${" in str(field.default):
            text = str(field.default)
        return (None if text is None else REFERENCE.sub(self._referred, text)), field_name, False

    def _set_text(self, variable: str) -> str | None:
        return os.environ.get(variable) or self._file.get(variable) or None

    def _referred(self, reference: re.Match[str]) -> str:
        variable = reference["name"]
        if variable.lower() in self.current_state:
            return str(self.current_state[variable.lower()])
        field = self.settings_cls.model_fields.get(variable.lower())
        default = reference["otherwise"] if field is None else field.default
        text = self._set_text(variable) or default
        return reference[0] if text is None else str(text)
