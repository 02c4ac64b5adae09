"""`.env.default` is the settings' documentation; it and `Settings` are the same list."""

from itertools import pairwise

import pytest
from dotenv import dotenv_values

from app.settings import ROOT, Settings, load

DOCUMENT = ROOT / ".env.default"
DOCUMENTED = dotenv_values(DOCUMENT, interpolate=False)
VARIABLES = [name.upper() for name in Settings.model_fields]


def test_the_two_lists_have_the_same_names() -> None:
    assert set(VARIABLES) == set(DOCUMENTED)


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_documented_value_is_the_default(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(variable, raising=False)
    default = getattr(load(), variable.lower())
    monkeypatch.setenv(variable, DOCUMENTED[variable] or "")

    assert getattr(load(), variable.lower()) == default
    assert bool(DOCUMENTED[variable]) == (default not in (None, ()) and str(default) != "")


def test_every_variable_has_a_comment_and_stands_once() -> None:
    lines = ["", *DOCUMENT.read_text(encoding="utf-8").splitlines()]
    uncommented = [line for above, line in pairwise(lines) if line[:1].isalpha() and not above.startswith("# ")]

    assert uncommented == []
    assert len([line for line in lines if line[:1].isalpha()]) == len(VARIABLES)
