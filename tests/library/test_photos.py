import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miso_desktop.moods import Mood, MoodScores
from tests.library.samples import SAD, reading


def test_a_reading_comes_back_as_it_was_with_votes_silences_and_reasons(library, tmp_path):
    stored = reading(tmp_path / "해변.jpg")
    library.photos.store(stored)
    assert library.photos.latest(stored.photo) == stored
    assert str(stored.votes[0].reason) == "warm light, 80 %"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(st.floats(0, 1), min_size=5, max_size=5),
    st.floats(-1, 1),
    st.one_of(st.none(), st.text(st.characters(exclude_categories=[]))),
)
def test_any_scores_and_caption_come_back(library, weights, valence, caption):
    scores = MoodScores.of(weights, valence, -valence)
    stored = replace(reading(Path("/photos/a.jpg"), scores), caption=caption)
    library.photos.store(stored)
    assert library.photos.latest(stored.photo) == stored


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_reason_may_name_a_file_whose_name_is_no_text(library, tmp_path):
    stored = reading(tmp_path / os.fsdecode(b"\xff.jpg"))
    stored = replace(stored, caption=str(stored.photo))
    library.photos.store(stored)
    assert library.photos.latest(stored.photo) == stored


def test_recent_readings_are_the_last_of_each_photo_newest_first(library, tmp_path):
    photos = [tmp_path / f"{n}.jpg" for n in range(4)]
    for at, photo in enumerate([*photos, photos[0]]):
        library.photos.store(replace(reading(photo), ms=float(at)), at=float(at))
    recent = library.photos.recent(3)
    assert [(one.photo, one.ms) for one in recent] == [
        (photos[0], 4.0),
        (photos[3], 3.0),
        (photos[2], 2.0),
    ]


def test_a_photo_that_was_never_read_has_no_reading(library, tmp_path):
    assert library.photos.latest(tmp_path / "a.jpg") is None
    assert library.photos.recent(10) == []


def test_the_persons_word_is_kept_apart_from_the_reading(library, tmp_path):
    photo = tmp_path / "a.jpg"
    assert library.photos.correction(photo) is None
    library.photos.correct(photo, Mood.SAD)
    library.photos.store(reading(photo))
    library.photos.correct(photo, Mood.ROMANTIC)
    library.photos.store(reading(photo, SAD))
    assert library.photos.correction(photo) is Mood.ROMANTIC
    assert library.photos.latest(photo) == reading(photo, SAD)
    library.photos.correct(photo, None)
    assert library.photos.correction(photo) is None
    assert library.photos.correction(tmp_path / "b.jpg") is None
