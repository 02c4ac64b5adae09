import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.local.tts.reading import cut, spell_out


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("3.5%増えました。", "3点5パーセント増えました。"),
        ("3.14です", "3点1、4です"),
        ("1,250,000円", "1250000円"),
        ("1,2,3", "1,2,3"),
        ("20℃です。", "20度です。"),
        ("終わり。", "終わり。"),
    ],
)
def test_numbers_and_signs_are_written_as_they_are_read(written: str, read: str) -> None:
    assert spell_out(written) == read


@given(st.text(alphabet="ab,. ", max_size=60))
def test_long_speech_is_cut_into_parts_that_fit_and_nothing_is_lost(phonemes: str) -> None:
    parts = cut(phonemes, 10)
    assert all(len(part) <= 10 for part in parts)
    assert "".join("".join(parts).split()) == "".join(phonemes.split())


def test_speech_is_cut_at_signs_where_there_are_any() -> None:
    assert cut("aaa, bbb. ccc", 9) == ["aaa, bbb.", "ccc"]
