"""What described photos feel like is learned from captions and scenes, and never by heart."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from miso_desktop import bundles
from miso_desktop.errors import BundleError
from miso_desktop.photos.caption_feeling import TABLE, load_feeling
from miso_desktop.photos.caption_mood import CaptionMood
from miso_desktop.photos.emotion_network import EmotionNetwork
from miso_desktop.photos.mood_scenes import load_scenes
from miso_desktop.training import caption_feeling
from miso_desktop.training.evaluation import theme_folds
from tests import tiny_text


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bundles.Bundle:
    """The tiny text model with scenes and feeling."""
    made = tiny_text.taught_in(tmp_path_factory.mktemp("models") / "text_mood")
    reader = CaptionMood(made)
    rated, scenes = seen(reader)
    caption_feeling.store(made, caption_feeling.fit(rated, scenes), figures(rated, scenes))
    return bundles.load(made.folder)


def seen(reader: CaptionMood) -> tuple[caption_feeling.Sentences, caption_feeling.Sentences]:
    photos = tiny_text.rated()
    rated = caption_feeling.see(reader, photos.captions, photos.feeling, photos.moods)
    return rated, caption_feeling.scenes_of(reader)


def figures(
    rated: caption_feeling.Sentences, scenes: caption_feeling.Sentences
) -> dict[str, dict[str, object]]:
    photos = tiny_text.rated()
    fold = theme_folds(photos.themes, caption_feeling.FOLDS)
    told = caption_feeling.out_of_fold(rated, rated, scenes, fold)
    return {"with the scenes (shipped)": caption_feeling.figures_of(told, photos)}


def test_a_described_photo_feels_like_others_of_its_kind(bundle: bundles.Bundle) -> None:
    reader = CaptionMood(bundle)
    photos = tiny_text.rated()
    guessed = [list(type(s.top)).index(s.top) for s in map(scores_by(reader), photos.captions)]
    known = photos.moods >= 0
    assert np.mean(np.array(guessed)[known] == photos.moods[known]) > 0.7


def scores_by(reader: CaptionMood):  # type: ignore[no-untyped-def]
    return lambda text: reader.read(text).scores


def test_nothing_of_a_theme_is_known_when_it_is_guessed(bundle: bundles.Bundle) -> None:
    """Nonsense in the ratings of a fold must not change what is said of it."""
    rated, scenes = seen(CaptionMood(bundle))
    fold = theme_folds(tiny_text.rated().themes, caption_feeling.FOLDS)
    spoilt = replace(
        rated,
        feeling=np.where((fold == 0)[:, None], -rated.feeling, rated.feeling),
        moods=np.where(fold == 0, 0, rated.moods),
    )
    moods, places = caption_feeling.out_of_fold(rated, rated, scenes, fold)
    moods_after, places_after = caption_feeling.out_of_fold(spoilt, rated, scenes, fold)
    assert places[fold == 0] == pytest.approx(places_after[fold == 0])
    assert moods[fold == 0] == pytest.approx(moods_after[fold == 0])
    assert not np.allclose(places[fold == 1], places_after[fold == 1])


def test_the_table_survives_the_bundle_and_the_card_says_how_good_it_is(
    bundle: bundles.Bundle,
) -> None:
    feeling = load_feeling(bundle, load_scenes(bundle))
    assert feeling.plane.shape == (len(feeling.scenes), 2)
    card = (bundle.folder / "CARD.md").read_text(encoding="utf-8")
    assert "## How described photos feel" in card
    assert "## Likeness" in card
    assert json.loads((bundle.folder / "manifest.json").read_text())["figures"]["feeling"]


def test_a_bundle_without_the_table_reads_the_emotions_alone(tmp_path: Path) -> None:
    made = tiny_text.taught_in(tmp_path / "text_mood")
    assert TABLE not in made.files
    reader = CaptionMood(made)
    said = reader.read("a couple kissing").scores
    assert said.top.value == "romantic"
    network = EmotionNetwork(made)
    assert said == network.scores(network.emotions_of("a couple kissing"))


def test_a_damaged_table_is_named(bundle: bundles.Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "text_mood"
    shutil.copytree(bundle.folder, folder)
    (folder / TABLE).write_bytes(b"no table")
    spoilt = replace(bundle, folder=folder)
    with pytest.raises(BundleError, match="feeling"):
        CaptionMood(spoilt)
