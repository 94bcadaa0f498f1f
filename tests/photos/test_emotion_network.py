"""A person's own model hears the emotions of a caption; what captions taught stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from miso_desktop import bundles, health, models
from miso_desktop.analysis import try_out
from miso_desktop.errors import BundleError
from miso_desktop.moods import MOODS, Mood
from miso_desktop.photos.caption_mood import CaptionMood
from miso_desktop.photos.emotion_network import LEAST, EmotionNetwork, Emotions, log_odds
from miso_desktop.photos.panel import Panel
from tests import tiny_text

CAPTION = "a couple kissing"
Make = Callable[..., Path]


@pytest.fixture
def own(home: Path) -> Make:
    """A model of the person's own, which knows a few words, by the role of its folder."""

    def make(change: Callable[[dict[str, Any]], object] = lambda known: None) -> Path:
        folder = home / "models" / "emotions"
        made = tiny_text.copy_to(folder)
        known = json.loads(json.dumps(dict(made.parameters)))
        change(known)
        bundles.write_manifest(
            folder,
            name="emotions",
            version="7",
            licence="GPL-3.0-or-later",
            sources=["a test"],
            parameters=known,
            figures={},
        )
        return folder

    return make


def test_it_names_the_emotion_and_leaves_the_rest_to_what_is_shipped(own: Make) -> None:
    before = Panel().read_text(CAPTION)
    own()
    after = Panel().read_text(CAPTION)
    said = {vote.reader: vote for vote in after.votes}
    assert "the words speak of love" in str(said["caption"].reason)
    assert said.keys() == {vote.reader for vote in before.votes} == {"caption", "likeness"}
    (likeness,) = (vote for vote in before.votes if vote.reader == "likeness")
    assert said["likeness"].scores == likeness.scores
    assert ("emotions", "7") in after.bundles
    assert dict(after.bundles).keys() == {*dict(before.bundles), "emotions"}


def test_it_moves_the_vote_only_where_a_feeling_is_named(own: Make) -> None:
    shipped = CaptionMood()
    both = CaptionMood(own=EmotionNetwork(bundles.load(own())))

    def romantic(reader: CaptionMood, text: str) -> float:
        return reader.read(text).scores[Mood.ROMANTIC]

    plain = "a table next to a wall"
    assert romantic(both, plain) == romantic(shipped, plain)
    loving = "roses and candles on a table"
    assert not shipped.named(shipped.emotions_of(loving))
    assert romantic(both, loving) > romantic(shipped, loving)


def test_a_damaged_one_is_told_and_the_text_model_hears_in_its_place(own: Make) -> None:
    before = Panel().read_text(CAPTION)
    (own() / "model.onnx").write_bytes(b"")
    after = Panel().read_text(CAPTION)
    assert after.scores == before.scores
    (silence,) = (said for said in after.silences if said.reader == "emotions")
    assert "damaged" in str(silence.reason)
    (check,) = (check for check in health.check() if "own emotion model" in str(check.name))
    assert not check.works


def test_the_doctor_speaks_of_it_only_where_there_is_one(own: Make) -> None:
    def told() -> list[bool]:
        return [c.works for c in health.check() if "own emotion model" in str(c.name)]

    assert told() == []
    own()
    assert told() == [True]
    assert [model.name for model in models.installed() if model.role == "emotions"] == ["emotions"]


def unknown_activation(known: dict[str, Any]) -> None:
    known["activation"] = "tanh"


def mood_without_emotions(known: dict[str, Any]) -> None:
    known["members"]["romantic"] = []


def emotion_of_another_mood(known: dict[str, Any]) -> None:
    known["members"]["romantic"] = ["anger"]


def label_that_is_not_there(known: dict[str, Any]) -> None:
    known["members"]["romantic"] = ["desire"]


def short_table(known: dict[str, Any]) -> None:
    known["softmax"]["slope"] = [1.0]


def one_emotion_too_many(known: dict[str, Any]) -> None:
    known["emotions"].append("relief")
    known["plane"]["weights"].append([0.0, 0.0])


def endless_sentences(known: dict[str, Any]) -> None:
    known["max_tokens"] = float("inf")


def moods_that_are_no_table(known: dict[str, Any]) -> None:
    known["members"] = ["joy"]


@pytest.mark.parametrize(
    "change",
    [
        endless_sentences,
        moods_that_are_no_table,
        unknown_activation,
        mood_without_emotions,
        emotion_of_another_mood,
        label_that_is_not_there,
        short_table,
        one_emotion_too_many,
        dict.clear,
    ],
    ids=lambda change: change.__name__,
)
def test_a_bundle_that_does_not_keep_the_contract_is_refused(own: Make, change: Any) -> None:
    folder = own(change)
    with pytest.raises(BundleError, match="damaged"):
        EmotionNetwork(bundles.load(folder))
    with pytest.raises(BundleError, match="damaged"):
        try_out(folder)


def test_a_network_that_fails_at_its_first_sentence_is_noticed(own: Make) -> None:
    folder = own()
    try_out(folder)
    whole = bundles.load(folder)
    words = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    words["model"]["vocab"] = {w: i + 1000 for w, i in words["model"]["vocab"].items()}
    (folder / "tokenizer.json").write_text(json.dumps(words), encoding="utf-8")
    bundles.rewrite_manifest(whole, {}, {})
    with pytest.raises(BundleError, match="damaged"):
        try_out(folder)


@given(arrays.arrays(np.float32, (6,), elements=st.floats(-60, 60, width=32)))
def test_log_odds_give_back_the_softmax(logits: np.ndarray) -> None:
    shares = np.exp(logits.astype(np.float64) - logits.max())
    shares /= shares.sum()
    odds = log_odds(logits)
    assert np.isfinite(odds).all()
    np.testing.assert_allclose(Emotions(odds).probabilities, shares, atol=2e-6)
    assert np.abs(odds).max() <= -np.log(LEAST) + 0.01


def test_labels_that_exclude_one_another_share_one_probability(own: Make) -> None:
    def softmax(known: dict[str, Any]) -> None:
        known["activation"] = "softmax"

    network = EmotionNetwork(bundles.load(own(softmax)))
    emotions = network.emotions_of("a fight in a riot")
    assert emotions.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert network.scores(emotions).top is Mood.AGGRESSIVE
    assert network.named(emotions) == (Mood.AGGRESSIVE,)
    assert len(network.strongest(emotions)) == len(MOODS)
