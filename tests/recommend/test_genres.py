import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop import paths
from miso_desktop.recommend.genres import classify, matches, normal
from miso_desktop.values import Genre, Tags

KPOP = frozenset({Genre.KPOP})
POP = frozenset({Genre.POP})


@pytest.mark.parametrize(
    "genre",
    [
        "K-Pop", "kpop", "KPOP", "k pop", "K‐Pop", "Ｋ－ＰＯＰ", "Korean Pop", "케이팝", "가요",
        "댄스/가요", "K-R&B", "Korean Hip-Hop", "발라드", "트로트", "Pop; K-Pop", "Rock, 가요",
        "Ballad/K-Pop",
        unicodedata.normalize("NFD", "케이팝"),
    ],
)  # fmt: skip
def test_spellings_of_kpop(genre):
    assert Genre.KPOP in classify(Tags(genres=(genre,)))


@pytest.mark.parametrize(
    "genre",
    ["Pop", "POP", "Pop/Rock", "Synth-pop", "synthpop", "Dance Pop", "팝", "팝송", "J-Pop"],
)  # fmt: skip
def test_spellings_of_pop(genre):
    assert classify(Tags(title="A", artist="Nobody", genres=(genre,))) == POP


@pytest.mark.parametrize("genre", ["Classical", "Jazz", "Popcorn", "Hip-Hop", "Metal", "?", ""])
def test_other_music_is_neither(genre):
    assert classify(Tags(title="A", artist="Nobody", genres=(genre,))) == frozenset()


@pytest.mark.parametrize(
    "artist",
    [
        "아이유", "IU", "iu", "IU (아이유)", "아이유(IU)", "방탄소년단", "BTS", "BlackPink",
        "(G)I-DLE", "(여자)아이들", "이문세", "조용필", "Coldplay X BTS", "Lady Gaga & BLACKPINK",
        "SUGA feat. IU", "Car, the Garden", "10cm", "NewJeans", "TOMORROW X TOGETHER",
        unicodedata.normalize("NFD", "소녀시대"),
    ],
)  # fmt: skip
def test_a_known_korean_artist_makes_pop_kpop(artist):
    assert classify(Tags(title="Title", artist=artist, genres=("Pop",))) == KPOP
    assert classify(Tags(title="Title", artist=artist)) == KPOP


def test_the_album_artist_counts_too():
    assert classify(Tags(title="T", artist="Guest", album_artist="Epik High")) == KPOP


@pytest.mark.parametrize("artist", ["Rain", "BoA", "Crush", "Lisa"])
def test_a_name_that_others_bear_counts_only_beside_hangul(artist):
    assert classify(Tags(title="Song", artist=artist, genres=("Pop",))) == POP
    assert classify(Tags(title="노래", artist=artist, genres=("Pop",))) == KPOP


def test_a_part_of_a_name_is_not_the_name():
    assert classify(Tags(title="T", artist="Julius Psyche", genres=("Pop",))) == POP


def test_hangul_is_a_hint_where_no_genre_is_given():
    assert classify(Tags(title="밤하늘", artist="Nobody")) == KPOP
    assert classify(Tags(title="T", artist="무명 밴드")) == KPOP
    assert classify(Tags(title=unicodedata.normalize("NFD", "밤"), artist="Nobody")) == KPOP


def test_a_genre_tag_goes_before_the_hint():
    assert classify(Tags(title="백조의 호수", genres=("Classical",))) == frozenset()
    assert classify(Tags(title="빌리 진", artist="마이클 잭슨", genres=("팝",))) == POP


def test_nothing_known_is_neither():
    assert classify(Tags()) == frozenset()


@pytest.mark.parametrize(
    ("genre", "kpop", "pop", "jazz"),
    [
        (Genre.ANY, True, True, True),
        (Genre.KPOP, True, False, False),
        (Genre.POP, False, True, False),
        (Genre.BOTH, True, True, False),
    ],
)
def test_what_belongs_to_each_choice(genre, kpop, pop, jazz):
    assert matches(Tags(genres=("K-Pop",)), genre) is kpop
    assert matches(Tags(genres=("Pop",)), genre) is pop
    assert matches(Tags(genres=("Jazz",)), genre) is jazz


@given(st.text())
def test_a_normal_name_is_normal_already(text):
    assert normal(normal(text)) == normal(text)


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_tags_can_be_classified(title, artist, genres):
    kinds = classify(Tags(title=title, artist=artist, genres=tuple(genres)))
    assert kinds <= {Genre.KPOP, Genre.POP}


def test_no_spelling_stands_for_both_genres():
    stored = json.loads(paths.catalog("genres.json").read_text(encoding="utf-8"))
    assert not set(map(normal, stored["kpop"])) & set(map(normal, stored["pop"]))


def test_every_name_in_the_catalog_has_letters_and_is_either_sure_or_shared():
    stored = json.loads(paths.catalog("korean_artists.json").read_text(encoding="utf-8"))
    sure = {normal(name) for artist in stored["artists"] for name in artist["names"]}
    shared = {normal(name) for artist in stored["artists"] for name in artist.get("shared", ())}
    assert "" not in sure | shared
    assert not sure & shared
