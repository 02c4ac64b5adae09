import pytest

from app.core.stops import Verdict, is_open, judge, run_end

END, INSIDE, UNSURE = Verdict.END, Verdict.INSIDE, Verdict.UNSURE


@pytest.mark.parametrize(
    ("text", "following", "verdict"),
    [
        # clear at the end of the stream: no waiting
        ("It is Paris.", "", END),
        ("It is well-known.", "", END),
        ("That isn't.", "", END),
        ("It is **bold**.", "", END),
        ("富士山です。", "", END),
        ("Really?", "", END),
        ("です.", "", END),
        # not clear at the end of the stream
        ("It costs 42.", "", UNSURE),
        ("Open example.com.", "", UNSURE),
        ("At 5 p.m.", "", UNSURE),
        ("No.", "", UNSURE),
        ("Wait...", "", UNSURE),
        ("Wait…", "", UNSURE),
        ("See https://example.com/a?", "", UNSURE),
        # decided by what follows
        ("It costs 42.", " ", END),
        ("It is 3.", "14", INSIDE),
        ("Open main.", "py", INSIDE),
        ("https://example.com/a?", "q=1", INSIDE),
        ("It ends here.", "次", END),
        ("At 5 p.m.", " He sleeps", END),
        ("At 5 p.m.", " he sleeps", INSIDE),
        ("At 5 p.m.", " ", UNSURE),
        ("At 5 p.m.", "\nhe", END),
        ("No.", " It rains", END),
        ("No.", " 5", INSIDE),
        ("Wait...", " What", END),
        ("Wait...", " what", INSIDE),
        ("それは…", "ええと", INSIDE),
        ("Wait.", "..", INSIDE),
        ("What?", "!", INSIDE),
        # never an end
        ("Ask Dr.", " Smith", INSIDE),
        ("Fruit, e.g.", " Apples", INSIDE),
        ("J.", " Tolkien", INSIDE),
        ("In the U.S.", " Army", INSIDE),
        ("1.", " First", INSIDE),
        ("a.", " First", INSIDE),
        # quotations and brackets
        ("「はい。", "", INSIDE),
        ("He said (well.", " Now", INSIDE),
    ],
)
def test_full_stop_is_judged(text: str, following: str, verdict: Verdict) -> None:
    assert judge(text + following, len(text) - 1) is verdict


@pytest.mark.parametrize(
    ("text", "mark", "verdict"),
    [
        ("「はい。」", "。", UNSURE),
        ("「はい。」と答えた", "。", INSIDE),
        ("「はい。」それから", "。", END),
        ('He said "Go."', ".", UNSURE),
        ('He said "Go." and left', ".", INSIDE),
        ('He said "Go." Then', ".", END),
        ('He said "Go."\n', ".", END),
        ("**Note.** Then", ".", END),
    ],
)
def test_closing_quotation_is_judged_by_what_follows(text: str, mark: str, verdict: Verdict) -> None:
    assert judge(text, text.index(mark)) is verdict


def test_closers_stay_with_their_mark_up_to_a_limit() -> None:
    assert run_end("「はい。」と", 3) == 5
    assert run_end("." + ")" * 100, 0) == 16


@pytest.mark.parametrize("text", ["(a", "「a", '"a', 'say "a', "**a", "`a", "（a）「"])
def test_open_is_seen(text: str) -> None:
    assert is_open(text)


@pytest.mark.parametrize("text", ["(a)", "「a」", '"a"', 'a" b', "**a**", "`a`", "a) b", "it's"])
def test_closed_is_seen(text: str) -> None:
    assert not is_open(text)
