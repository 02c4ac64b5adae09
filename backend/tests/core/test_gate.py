"""The speech gate, told in frames: `#` is voiced, `.` is not, `c` is the client's commit, `x` its clear."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.audio import FRAME_MS, FRAME_SAMPLES, Samples
from app.core.events import (
    EndDismissed,
    EndSuspected,
    SpeechDismissed,
    SpeechEnded,
    SpeechStarted,
    SpeechSuspected,
    Utterance,
)
from app.core.gate import GateEvent, GateSettings, Recording, SpeechGate

SETTINGS = GateSettings(min_speech=3, misfire=2, end_silence=4, prefix=2, longest=20)


def frame(index: int) -> Samples:
    """Return a frame that tells by its samples which one it is."""
    return np.full(FRAME_SAMPLES, index, np.int16)


def frames_of(utterance: Utterance) -> list[int]:
    """Return which frames an utterance holds."""
    assert utterance.samples.size % FRAME_SAMPLES == 0
    return [int(index) for index in utterance.samples[::FRAME_SAMPLES]]


def hear(gate: SpeechGate, pattern: str, first: int = 0) -> Iterator[tuple[int, GateEvent]]:
    """Push a pattern; yield each event with the index of the frame at which it came."""
    index = first
    for char in pattern:
        if char == "x":
            gate.clear()
        elif char == "c":
            ended = gate.commit()
            yield from [(index - 1, ended)] if ended else []
        else:
            for event in gate.push(frame(index), 1.0 if char == "#" else 0.0, playing=False, spoken=""):
                yield index, event
            index += 1


def events(pattern: str, settings: GateSettings = SETTINGS) -> list[tuple[int, GateEvent]]:
    return list(hear(SpeechGate(settings), pattern))


def utterances(pattern: str, settings: GateSettings = SETTINGS) -> list[Utterance]:
    return [event.utterance for _, event in events(pattern, settings) if isinstance(event, SpeechEnded)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", []),
        ("......", []),
        ("..#", [(2, SpeechSuspected(64))]),
        ("..##.", [(2, SpeechSuspected(64))]),
        # a misfire is dismissed after exactly two unvoiced frames
        ("..##..", [(2, SpeechSuspected(64)), (5, SpeechDismissed())]),
        ("#..#..", [(0, SpeechSuspected(0)), (2, SpeechDismissed()), (3, SpeechSuspected(96)), (5, SpeechDismissed())]),
        # three voiced frames are speech, one after the other or not
        ("..###", [(2, SpeechSuspected(64)), (4, SpeechStarted(64))]),
        ("..#.#.#", [(2, SpeechSuspected(64)), (6, SpeechStarted(64))]),
        (
            "..##..###",
            [(2, SpeechSuspected(64)), (5, SpeechDismissed()), (6, SpeechSuspected(192)), (8, SpeechStarted(192))],
        ),
        # four unvoiced frames in a row end it, not three
        ("..###...#...", [(2, SpeechSuspected(64)), (4, SpeechStarted(64))]),
    ],
)
def test_what_is_heard(pattern: str, expected: list[tuple[int, GateEvent]]) -> None:
    assert events(pattern) == expected


def test_speech_is_over_after_exactly_the_end_silence() -> None:
    heard = events("...##.##....")
    assert [(at, type(event)) for at, event in heard] == [(3, SpeechSuspected), (6, SpeechStarted), (11, SpeechEnded)]
    (utterance,) = utterances("...##.##....")
    assert frames_of(utterance) == list(range(1, 12))  # two frames from before, and the silence after
    assert utterance.start_ms == 1 * FRAME_MS
    assert utterance.onset_ms == 3 * FRAME_MS
    assert utterance.end_ms == 8 * FRAME_MS
    assert utterance.voiced_ms == 4 * FRAME_MS
    assert utterance.length_ms == 11 * FRAME_MS
    assert not utterance.capped


@pytest.mark.parametrize(("probability", "voiced"), [(0.49, False), (0.5, True), (0.51, True)])
def test_voice_begins_at_the_threshold(probability: float, voiced: bool) -> None:
    heard = SpeechGate(GateSettings(threshold=0.5)).push(frame(0), probability, playing=True, spoken="hello")
    assert heard == ((SpeechSuspected(0),) if voiced else ())


def test_one_voiced_frame_can_be_enough() -> None:
    assert events("#", replace(SETTINGS, min_speech=1)) == [(0, SpeechSuspected(0)), (0, SpeechStarted(0))]


@pytest.mark.parametrize(
    ("pattern", "prefix", "first"),
    [
        (".....###....", 2, 3),
        (".....###....", 0, 5),
        (".....###....", 9, 0),
        ("###....", 2, 0),
        ("###....###....", 2, 5),  # the silence after one utterance is the padding of the next
        ("###....###....", 9, 3),  # but no voice of it
        ("#..###....", 9, 1),  # nor that of a misfire
        ("###....x###....", 9, 7),
    ],
)
def test_padding_before_the_first_voice(pattern: str, prefix: int, first: int) -> None:
    last = utterances(pattern, replace(SETTINGS, prefix=prefix))[-1]
    assert frames_of(last) == list(range(first, len(pattern.replace("x", ""))))
    assert last.start_ms == first * FRAME_MS


def test_speech_that_reaches_the_longest_length_is_cut_and_goes_on_without_a_gap() -> None:
    heard = events(".." + 40 * "#")
    assert [(at, type(event)) for at, event in heard[:5]] == [
        (2, SpeechSuspected),
        (4, SpeechStarted),
        (19, SpeechEnded),
        (20, SpeechSuspected),
        (22, SpeechStarted),
    ]
    first, second = utterances(".." + 40 * "#")
    assert (frames_of(first), first.capped) == (list(range(20)), True)
    assert (frames_of(second), second.capped) == (list(range(20, 40)), True)


def test_an_end_is_suspected_and_dismissed_when_speech_goes_on() -> None:
    eager = replace(SETTINGS, suspect_end=2)
    heard = events("###..#...#....", eager)
    assert [(at, type(event)) for at, event in heard] == [
        (0, SpeechSuspected),
        (2, SpeechStarted),
        (4, EndSuspected),
        (5, EndDismissed),
        (7, EndSuspected),
        (9, EndDismissed),
        (11, EndSuspected),
        (13, SpeechEnded),
    ]
    suspected = [event.utterance for _, event in heard if isinstance(event, EndSuspected)]
    assert [frames_of(utterance) for utterance in suspected] == [list(range(5)), list(range(8)), list(range(12))]
    (utterance,) = utterances("###..#...#....", eager)
    assert suspected[-1].end_ms == utterance.end_ms == 10 * FRAME_MS


def test_a_suspected_end_is_dismissed_before_speech_is_cut() -> None:
    heard = events("###..#", replace(SETTINGS, suspect_end=2, longest=6))
    assert [(at, type(event)) for at, event in heard[2:]] == [(4, EndSuspected), (5, EndDismissed), (5, SpeechEnded)]


def test_an_end_is_not_suspected_twice_when_it_is_to_be_suspected_later() -> None:
    gate = SpeechGate(replace(SETTINGS, suspect_end=2))
    list(hear(gate, "###.."))
    gate.adopt(replace(SETTINGS, suspect_end=3))
    assert list(hear(gate, ".", first=5)) == []


def test_an_end_that_was_suspected_rightly_is_not_dismissed_by_what_is_said_next() -> None:
    heard = [type(event) for _, event in events("###....#####", replace(SETTINGS, suspect_end=2))]
    assert heard[2:] == [EndSuspected, SpeechEnded, SpeechSuspected, SpeechStarted]


def test_an_end_is_never_suspected_unless_asked_for() -> None:
    assert not any(isinstance(event, EndSuspected) for _, event in events("###...#..#...."))


def test_commit_ends_speech_at_once() -> None:
    heard = events("..###.c....")
    at, ended = heard[-1]
    assert isinstance(ended, SpeechEnded)
    assert (at, frames_of(ended.utterance)) == (5, list(range(6)))
    assert ended.utterance.end_ms == 5 * FRAME_MS


@pytest.mark.parametrize("pattern", ["c", "...c", "..##c", "###....c", "###xc"])
def test_commit_is_nothing_when_nobody_speaks(pattern: str) -> None:
    gate = SpeechGate(SETTINGS)
    list(hear(gate, pattern[:-1]))
    assert gate.commit() is None


def test_commit_leaves_a_suspicion_as_it_is() -> None:
    assert events("##c#") == [(0, SpeechSuspected(0)), (2, SpeechStarted(0))]


@pytest.mark.parametrize("pattern", ["##x", "###x", "###..x"])
def test_clear_forgets_what_was_heard(pattern: str) -> None:
    gate = SpeechGate(replace(SETTINGS, suspect_end=2))
    list(hear(gate, pattern))
    assert gate.recording is None
    assert not gate.speaking
    heard = list(hear(gate, "###...", first=10))
    assert [type(event) for _, event in heard] == [SpeechSuspected, SpeechStarted, EndSuspected]


def test_recording_is_what_is_under_way() -> None:
    gate = SpeechGate(SETTINGS)
    seen = []
    for index, char in enumerate("..##.#...."):
        list(hear(gate, char, first=index))
        seen.append((gate.speaking, gate.recording.first if gate.recording else None))
    assert seen == [(False, None)] * 2 + [(False, 0)] * 3 + [(True, 0)] * 4 + [(False, None)]


def test_adopted_settings_hold_for_speech_under_way() -> None:
    gate = SpeechGate(SETTINGS)
    list(hear(gate, "..###...."[:8]))
    gate.adopt(replace(SETTINGS, end_silence=5))
    assert list(hear(gate, ".", first=8)) == []
    ((_, ended),) = hear(gate, ".", first=9)
    assert isinstance(ended, SpeechEnded)
    assert frames_of(ended.utterance) == list(range(10))


@pytest.mark.parametrize(("prefix", "first"), [(1, 4), (3, 3), (4, 3)])
def test_adopted_padding_keeps_the_latest_frames(prefix: int, first: int) -> None:
    gate = SpeechGate(SETTINGS)
    list(hear(gate, "....."))
    gate.adopt(replace(SETTINGS, prefix=prefix))
    list(hear(gate, "#", first=5))
    assert gate.recording is not None
    assert gate.recording.first == first
    assert gate.recording.samples()[0] == first


def test_settings_are_rounded_up_to_frames() -> None:
    settings = GateSettings.from_ms(threshold=0.4, min_speech_ms=200, end_silence_ms=512, prefix_ms=300, longest_s=60)
    assert settings == GateSettings(threshold=0.4, min_speech=7, end_silence=16, prefix=10, longest=1875)


def test_settings_are_at_least_one_frame_but_for_the_padding() -> None:
    settings = GateSettings.from_ms(threshold=0.5, min_speech_ms=0, end_silence_ms=1, prefix_ms=0, longest_s=0)
    assert (settings.min_speech, settings.end_silence, settings.prefix, settings.longest) == (1, 1, 0, 1)
    assert GateSettings.from_ms(threshold=0.5, min_speech_ms=0, end_silence_ms=0, prefix_ms=1, longest_s=0).prefix == 1


def test_recording_without_voice_begins_and_ends_at_its_start() -> None:
    recording = Recording(first=3)
    assert recording.samples().size == 0
    recording.add(frame(3), voiced=False)
    utterance = recording.utterance()
    assert (utterance.start_ms, utterance.onset_ms, utterance.end_ms, utterance.voiced_ms) == (96, 96, 96, 0)
    assert frames_of(utterance) == [3]


ANY_SETTINGS = st.builds(
    GateSettings,
    min_speech=st.integers(1, 4),
    misfire=st.integers(1, 3),
    end_silence=st.integers(1, 5),
    suspect_end=st.none() | st.integers(1, 5),
    prefix=st.integers(0, 4),
    longest=st.integers(1, 12),
)
ANY_SOUND = st.lists(st.sampled_from(["#", ".", "####", ".....", "c"]), max_size=30).map("".join)
LETTERS = {
    SpeechSuspected: "S",
    SpeechDismissed: "D",
    SpeechStarted: "B",
    EndSuspected: "P",
    EndDismissed: "C",
    SpeechEnded: "E",
}


@given(ANY_SOUND, ANY_SETTINGS)
def test_events_alternate(pattern: str, settings: GateSettings) -> None:
    heard = "".join(LETTERS[type(event)] for _, event in events(pattern + 6 * ".", settings))
    assert re.fullmatch(r"(S(D|B(PC)*P?E))*", heard)


@given(ANY_SOUND, ANY_SETTINGS)
def test_no_voice_is_lost_nor_heard_twice(pattern: str, settings: GateSettings) -> None:
    heard = events(pattern + 6 * ".", settings)
    sound = pattern.replace("c", "") + 6 * "."
    kept: list[int] = []
    suspected_at = 0
    for at, event in heard:
        if isinstance(event, SpeechSuspected):
            suspected_at = at
        elif isinstance(event, SpeechDismissed):
            kept += [index for index in range(suspected_at, at + 1) if sound[index] == "#"]
        elif isinstance(event, SpeechEnded):
            kept += [index for index in frames_of(event.utterance) if sound[index] == "#"]
    assert kept == [index for index, char in enumerate(sound) if char == "#"]


@given(ANY_SOUND, ANY_SETTINGS)
def test_an_utterance_says_truly_where_its_voice_lies(pattern: str, settings: GateSettings) -> None:
    sound = pattern.replace("c", "") + 6 * "."
    for at, event in events(pattern + 6 * ".", settings):
        if isinstance(event, EndSuspected | SpeechEnded):
            utterance = event.utterance
            frames = frames_of(utterance)
            voiced = [index for index in frames if sound[index] == "#"]
            assert frames == list(range(frames[0], at + 1))
            assert utterance.start_ms == frames[0] * FRAME_MS
            assert utterance.onset_ms == voiced[0] * FRAME_MS
            assert utterance.end_ms == (voiced[-1] + 1) * FRAME_MS
            assert utterance.voiced_ms == len(voiced) * FRAME_MS
            assert voiced[0] - frames[0] <= settings.prefix


@given(ANY_SOUND, ANY_SETTINGS)
def test_what_began_is_what_ends_and_positions_only_grow(pattern: str, settings: GateSettings) -> None:
    began, ended, suspected = -1, -1, -1
    for _, event in events(pattern + 6 * ".", settings):
        if isinstance(event, SpeechSuspected):
            assert event.onset_ms >= ended
            began = event.onset_ms
        elif isinstance(event, SpeechStarted):
            assert event.onset_ms == began
        elif isinstance(event, EndSuspected | SpeechEnded):
            assert event.utterance.onset_ms == began
            assert event.utterance.end_ms > began
            assert suspected in (-1, event.utterance.end_ms)  # what was suspected is what ends, unless dismissed
            ended = event.utterance.end_ms
            suspected = ended if isinstance(event, EndSuspected) else -1
        elif isinstance(event, EndDismissed):
            suspected = -1
