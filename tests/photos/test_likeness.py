"""A caption feels like the scenes that it resembles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from miso_desktop import bundles, paths
from miso_desktop.errors import BundleError
from miso_desktop.moods import MOODS, Mood
from miso_desktop.photos.caption_mood import CaptionMood
from miso_desktop.photos.likeness import READER, Likeness
from miso_desktop.photos.mood_scenes import PLAIN, TABLE
from miso_desktop.training.likeness import SCENES, read_scenes
from miso_desktop.values import Silence, Vote
from tests import tiny_text


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bundles.Bundle:
    return tiny_text.taught_in(tmp_path_factory.mktemp("models") / "text_mood")


@pytest.fixture(scope="module")
def words(bundle: bundles.Bundle) -> CaptionMood:
    return CaptionMood(bundle)


def read(words: CaptionMood, caption: str) -> Vote | Silence:
    return Likeness(words).read(caption, words.emotions_of(caption).embedding)


@pytest.mark.parametrize("mood", MOODS)
def test_a_caption_has_the_mood_of_what_it_resembles(words: CaptionMood, mood: Mood) -> None:
    last = tiny_text.WORDS[mood][-1]  # no scene holds this word
    vote = read(words, f"a {last} somewhere")
    assert isinstance(vote, Vote)
    assert (vote.reader, vote.mood) == (READER, mood)
    first, second = tiny_text.WORDS[mood][:2]
    assert str(vote.reason).startswith(f"“a {last} somewhere” resembles “a ")
    assert any(word in str(vote.reason) for word in (first, second))


def test_valence_and_arousal_follow_the_scenes(words: CaptionMood) -> None:
    vote = {mood: read(words, f"a {tiny_text.WORDS[mood][0]}") for mood in Mood}
    scores = {mood: said.scores for mood, said in vote.items() if isinstance(said, Vote)}
    assert scores[Mood.HAPPY].valence > 0.3 > -0.3 > scores[Mood.SAD].valence
    assert scores[Mood.DRAMATIC].arousal > scores[Mood.ROMANTIC].arousal


def test_plain_words_speak_for_no_mood(words: CaptionMood) -> None:
    vote = read(words, "a table at the wall")
    assert isinstance(vote, Vote)
    assert max(vote.scores.values) < 0.3
    assert "hardly a mood" in str(vote.reason)


@pytest.mark.parametrize("caption", ["xyzzy", "바다 위의 노을", "🙂"])
def test_what_resembles_nothing_is_met_with_silence(words: CaptionMood, caption: str) -> None:
    said = read(words, caption)
    assert isinstance(said, Silence)
    assert caption in str(said.reason)


@pytest.mark.parametrize(
    "embedding", [None, np.ones(3, np.float32), np.full(tiny_text.SIZE, np.nan, np.float32)]
)
def test_a_vector_that_cannot_be_compared_is_met_with_silence(
    words: CaptionMood, embedding: np.ndarray | None
) -> None:
    assert isinstance(Likeness(words).read("a party", embedding), Silence)


def test_a_bundle_without_scenes_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no scenes"):
        Likeness(CaptionMood(tiny_text.copy_to(tmp_path / "text_mood")))


def sealed(bundle: bundles.Bundle) -> bundles.Bundle:
    """The bundle, with a manifest that describes what now lies in it."""
    bundles.write_manifest(
        bundle.folder,
        name=bundle.name,
        version=bundle.version,
        licence=bundle.licence,
        sources=list(bundle.sources),
        parameters=bundle.parameters,
        figures=bundle.figures,
    )
    return bundles.load(bundle.folder)


def damage(folder: Path, how: str) -> None:
    table = dict(np.load(folder / TABLE))
    match how:
        case "no table":
            (folder / TABLE).write_bytes(b"PK\x03\x04 not a table")
            return
        case "cut off":
            (folder / TABLE).write_bytes((folder / TABLE).read_bytes()[:200])
            return
        case "no vectors":
            del table["vectors"]
        case "a vector too few":
            table["vectors"] = table["vectors"][1:]
        case "a place too few":
            table["plane"] = table["plane"][1:]
        case "a mood without a scene":
            table["groups"] = np.minimum(table["groups"], 3)
        case "pickled":
            table["texts"] = table["texts"].astype(object)
    np.savez(folder / TABLE, **table)


@pytest.mark.parametrize(
    "how",
    ["no table", "cut off", "no vectors", "a vector too few", "a place too few",
     "a mood without a scene", "pickled"],
)  # fmt: skip
def test_a_damaged_table_is_a_clear_error(tmp_path: Path, how: str) -> None:
    taught = tiny_text.taught_in(tmp_path / "text_mood")
    damage(taught.folder, how)
    with pytest.raises(BundleError, match=f"damaged.*{TABLE}"):
        Likeness(CaptionMood(sealed(taught)))


def test_the_scenes_of_the_catalogue_are_many_captions_of_every_mood() -> None:
    scenes = read_scenes(paths.catalog(SCENES))
    assert len(set(scenes.texts)) == len(scenes.texts)
    assert all(3 <= len(text.split()) <= 25 and text.isascii() for text in scenes.texts)
    counts = np.bincount(scenes.groups, minlength=PLAIN + 1)
    assert counts.min() >= 100
    assert np.abs(scenes.plane).max() < 1
    for group, mood in enumerate(MOODS):
        valence = float(scenes.plane[scenes.groups == group, 0].mean())
        if mood is not Mood.DRAMATIC:
            assert (valence > 0) == (mood in (Mood.HAPPY, Mood.ROMANTIC))
