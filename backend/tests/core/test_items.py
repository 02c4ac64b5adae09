import pytest

from app.core.items import Item, Part


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (Part("output_audio", "All of it."), "All of it."),
        (Part("output_audio", "All of it.", heard="All"), "All"),
        (Part("output_audio", "All of it.", heard=""), ""),
        (Part("input_audio"), ""),
    ],
)
def test_said_is_what_was_heard(part: Part, said: str) -> None:
    assert part.said == said


def test_item_says_what_its_parts_say() -> None:
    item = Item("a", parts=(Part("input_text", " Look. "), Part("input_audio"), Part("input_text", "There.")))
    assert item.said == "Look.  There."
    assert not item.cut_off


@pytest.mark.parametrize(("heard", "cut_off"), [(None, False), ("All of it. ", False), ("All", True), ("", True)])
def test_cut_off_is_less_heard_than_said(heard: str | None, cut_off: bool) -> None:
    assert Item("a", parts=(Part("output_audio", "All of it.", heard=heard),)).cut_off is cut_off
