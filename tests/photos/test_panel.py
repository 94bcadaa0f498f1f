"""Readers vote; the head weighs, decides and says why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from miso_desktop import bundles, demo, paths
from miso_desktop.errors import BundleError
from miso_desktop.moods import Mood, MoodScores
from miso_desktop.photos import caption_mood
from miso_desktop.photos.caption_mood import CaptionMood
from miso_desktop.photos.head import Head, Heads, Weights, explain
from miso_desktop.photos.panel import Panel
from miso_desktop.phrases import phrase
from miso_desktop.values import ModelServer, Vote
from tests import chat_server, tiny_text
from tests.bundle_samples import TINY, captioner, unfit


def vote(reader: str, mood: Mood, share: float = 0.6, valence: float = 0.0) -> Vote:
    rest = (1 - share) / 4
    scores = MoodScores.of([share if m is mood else rest for m in Mood], valence, 0.0)
    return Vote(reader, scores, 1.0, phrase("what {reader} saw", reader=reader))


weights = st.floats(0.01, 10)
votes = st.lists(
    st.builds(vote, st.sampled_from(["a", "b", "c"]), st.sampled_from(Mood), st.floats(0.2, 1)),
    min_size=1,
    max_size=4,
)


@given(votes, weights, weights)
def test_weights_of_a_decision_sum_to_one_and_come_in_order(
    cast: list[Vote], a: float, b: float
) -> None:
    head = Head({"a": Weights(a, 1, 1), "b": Weights(b, 1, 1)})
    _, weighed = head.decide(cast)
    shares = [v.weight for v in weighed]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


@given(st.sampled_from(Mood), votes)
def test_when_all_agree_the_decision_is_theirs(mood: Mood, cast: list[Vote]) -> None:
    same = [vote(v.reader, mood) for v in cast]
    scores, _ = Head({}).decide(same)
    assert scores.top is mood


def test_the_weightier_reader_wins() -> None:
    head = Head({"a": Weights(3, 1, 1), "b": Weights(1, 1, 1)})
    scores, _ = head.decide([vote("a", Mood.SAD), vote("b", Mood.HAPPY)])
    assert scores.top is Mood.SAD


def test_axes_have_weights_of_their_own() -> None:
    head = Head({"a": Weights(1, 0, 1), "b": Weights(0, 1, 1)})
    scores, _ = head.decide([vote("a", Mood.SAD, valence=-0.8), vote("b", Mood.HAPPY, valence=0.4)])
    assert scores.top is Mood.SAD
    assert scores.valence == pytest.approx(0.4)


def test_sharpness_keeps_the_order_and_moves_the_odds() -> None:
    cast = [vote("a", Mood.SAD, 0.5)]
    flat, _ = Head({}, sharpness=0.5).decide(cast)
    sharp, _ = Head({}, sharpness=2).decide(cast)
    assert flat.top is sharp.top is Mood.SAD
    assert flat[Mood.SAD] < 0.5 < sharp[Mood.SAD]


def test_nobody_votes() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Head({}).decide([])


def test_the_reason_names_who_carried_it_and_who_saw_it_otherwise() -> None:
    scores, weighed = Head({"scene": Weights(3, 1, 1)}).decide(
        [vote("scene", Mood.ROMANTIC), vote("light", Mood.SAD)]
    )
    why = str(explain(scores, weighed))
    assert why.startswith("romantic")
    assert "what scene saw" in why
    assert "sad" in why


def test_a_photo_is_read_by_all_who_can_and_the_silent_say_why(tmp_path: Path) -> None:
    photo = tmp_path / "노을.png"
    Image.new("RGB", (320, 200), (240, 160, 60)).save(photo)
    reading = Panel().read(photo)
    assert {v.reader for v in reading.votes} == {"scene", "light", "caption", "likeness"}
    silent = {s.reader: str(s.reason) for s in reading.silences}
    assert silent.keys() == {"face"}
    assert "No face" in silent["face"]
    assert reading.caption
    assert dict(reading.bundles).keys() == {"scene", "face", "captioner", "text_mood", "panel"}
    assert str(reading.why)


def test_a_smile_outweighs_a_uniform() -> None:
    astronaut = next(path for path in demo.photos() if path.stem == "astronaut")
    reading = Panel().read(astronaut)
    (face,) = [v for v in reading.votes if v.reader == "face"]
    assert face.mood is Mood.HAPPY
    assert "smiling" in str(face.reason)
    assert reading.scores.top is Mood.HAPPY


def test_words_in_place_of_a_caption_are_heard(tmp_path: Path) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (320, 200), (128, 128, 128)).save(photo)
    panel = Panel()
    loving = panel.read(photo, "two lovers in each other's arms, full of love")
    weeping = panel.read(photo, "people weeping in grief at a grave")
    assert loving.caption is not None
    assert "caption" in {v.reader for v in loving.votes}
    assert loving.scores[Mood.ROMANTIC] > weeping.scores[Mood.ROMANTIC]
    assert weeping.scores[Mood.SAD] > loving.scores[Mood.SAD]


def test_an_installed_captioner_gives_the_photo_words_of_its_own(
    tmp_path: Path, home: Path
) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (90, 128, 128)).save(photo)
    shutil.copytree(TINY, home / "models" / "captioner")
    reading = Panel().read(photo)
    assert reading.caption
    assert "caption" in {v.reader for v in reading.votes}
    assert "text_mood" in dict(reading.bundles)
    assert len(reading.bundles) == 5
    assert Panel().read(photo, "I love you").caption == "I love you"


def without_shipped_captioner(root: Path) -> Path:
    """A folder of shipped things that has every bundle but the captioner's."""
    (root / "models_onnx").mkdir(parents=True)
    for folder in (paths.shipped() / "models_onnx").iterdir():
        if folder.name != "captioner":
            (root / "models_onnx" / folder.name).symlink_to(folder)
    return root


@pytest.mark.parametrize("installed", [False, True], ids=["none installed", "a damaged one"])
def test_without_a_captioner_the_words_are_missed_and_the_reading_says_why(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (90, 128, 128)).save(photo)
    root = without_shipped_captioner(tmp_path / "shipped")
    monkeypatch.setattr(paths, "shipped", lambda: root)
    if installed:
        shutil.copytree(TINY, home / "models" / "captioner")
        (home / "models" / "captioner" / "decoder.onnx").write_bytes(b"")
    reading = Panel().read(photo)
    assert reading.caption is None
    assert {v.reader for v in reading.votes} == {"scene", "light"}
    reasons = {s.reader: str(s.reason) for s in reading.silences}
    if installed:
        assert "damaged" in reasons["captioner"]
        assert "cannot be used" in reasons["caption"]
    else:
        assert "No captioner is installed" in reasons["caption"]


def test_where_a_captioner_of_ones_own_is_damaged_the_shipped_one_speaks(
    tmp_path: Path, home: Path
) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (90, 128, 128)).save(photo)
    shutil.copytree(TINY, home / "models" / "captioner")
    (home / "models" / "captioner" / "decoder.onnx").write_bytes(b"")
    reading = Panel().read(photo)
    assert reading.caption
    assert "damaged" in {s.reader: str(s.reason) for s in reading.silences}["captioner"]


def test_where_the_chosen_captioner_is_damaged_another_speaks_and_the_reading_says_so(
    tmp_path: Path, home: Path
) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (90, 128, 128)).save(photo)
    captioner(home / "models" / "captioner", "captioner")
    chosen = captioner(home / "models" / "blip", "blip")
    (home / "models" / "in_use.json").write_text('{"captioner": "blip"}', encoding="utf-8")
    whole = Panel().read(photo)
    assert "blip" in dict(whole.bundles)
    (chosen / "vision.onnx").write_bytes(b"")
    reading = Panel().read(photo)
    assert reading.caption == whole.caption
    assert "captioner" in dict(reading.bundles)
    silent = {s.reader: str(s.reason) for s in reading.silences}
    assert "blip" in silent["captioner"]
    assert "vision.onnx" in silent["captioner"]


@pytest.mark.parametrize(
    ("reader", "role", "change"),
    [
        ("scene", "scene", dict.clear),
        ("scene", "scene", lambda known: known.update(usual_feeling=[0.1])),
        ("face", "face", lambda known: known.update(thresholds=[0.5])),
        ("face", "face", lambda known: known.update(pyramid_factor=1.0)),
        ("face", "face", lambda known: known.update(labels=["glad"] * 7)),
        ("caption", "text_mood", lambda known: known.update(max_tokens=[])),
        ("captioner", "captioner", lambda known: known.update(max_positions=1e400)),
        ("head", "panel", lambda known: known.update(weights=3)),
        ("head", "panel", lambda known: known["weights"]["face"].update(mood=-1)),
        ("head", "panel", lambda known: known.update(captioners=[1])),
    ],
)
def test_where_a_model_of_ones_own_makes_no_sense_the_shipped_one_serves(
    tmp_path: Path, home: Path, reader: str, role: str, change: Callable[[dict[str, Any]], object]
) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (90, 128, 128)).save(photo)
    before = Panel().read(photo)
    unfit(home / "models" / role, role, change)
    after = Panel().read(photo)
    assert after.scores == before.scores
    reasons = [str(s.reason) for s in after.silences if s.reader == reader]
    assert any("damaged" in why and f"miso models remove {role}" in why for why in reasons)


def test_light_whose_table_is_short_is_told_and_the_shipped_one_serves(
    tmp_path: Path, home: Path
) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (90, 128, 128)).save(photo)
    before = Panel().read(photo)
    folder = home / "models" / "scene"
    shutil.copytree(paths.bundle_roots()[-1] / "scene", folder)
    whole = bundles.load(folder)
    (folder / "light.json").write_text('{"mean": [0.5]}', encoding="utf-8")
    bundles.rewrite_manifest(whole, {}, {})
    after = Panel().read(photo)
    assert after.scores == before.scores
    assert "light.json" in {s.reader: str(s.reason) for s in after.silences}["light"]


def test_a_missing_model_silences_one_reader_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (128, 128, 128)).save(photo)
    monkeypatch.setattr(caption_mood, "BUNDLE", "nowhere")
    reading = Panel().read(photo, "I love you")
    assert {v.reader for v in reading.votes} == {"scene", "light"}
    silent = {s.reader: str(s.reason) for s in reading.silences}
    assert "nowhere" in silent["caption"]
    assert "not installed" in silent["caption"]


def test_without_any_model_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (128, 128, 128)).save(photo)
    monkeypatch.setattr(paths, "bundle_roots", lambda: (tmp_path / "nothing",))
    with pytest.raises(BundleError, match="not installed"):
        Panel().read(photo)


def test_the_text_model_runs_once_for_all_who_read_words(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_text.taught_in(home / "models" / "text_mood")
    heard, runs = CaptionMood.emotions_of, []

    def counted(reader: CaptionMood, text: str) -> caption_mood.Emotions:
        runs.append(text)
        return heard(reader, text)

    monkeypatch.setattr(CaptionMood, "emotions_of", counted)
    reading = Panel().read_text("a couple in sunshine, kissing")
    assert runs == ["a couple in sunshine, kissing"]
    assert {v.reader for v in reading.votes} == {"caption", "likeness"}
    assert reading.scores.top is Mood.ROMANTIC


def test_the_tables_of_the_text_model_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read, names = bundles.Bundle.arrays, []

    def counted(bundle: bundles.Bundle, name: str) -> dict[str, np.ndarray]:
        names.append(name)
        return read(bundle, name)

    monkeypatch.setattr(bundles.Bundle, "arrays", counted)
    assert {v.reader for v in Panel().read_text("a cat").votes} == {"caption", "likeness"}
    assert sorted(names) == ["feeling.npz", "likeness.npz"]


def test_a_text_model_without_scenes_costs_the_likeness_and_says_so(home: Path) -> None:
    tiny_text.copy_to(home / "models" / "text_mood")
    reading = Panel().read_text("a couple kissing")
    assert [v.reader for v in reading.votes] == ["caption"]
    assert {s.reader: str(s.reason) for s in reading.silences}["likeness"].endswith(
        "holds no scenes to compare a caption with."
    )


def test_a_reader_that_nobody_measured_counts_as_the_average_of_the_others() -> None:
    head = Head({"a": Weights(3, 4, 0), "b": Weights(1, 0, 2)})
    scores, weighed = head.decide(
        [vote("a", Mood.SAD, valence=-1), vote("new", Mood.HAPPY, valence=1)]
    )
    assert {v.reader: v.weight for v in weighed} == pytest.approx({"a": 0.6, "new": 0.4})
    assert scores.valence == pytest.approx((-4 + 2) / 6)


def test_language_models_are_asked_only_where_they_are_switched_on(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISO_TRIPWIRE_ALLOWS", "loopback")
    tiny_text.copy_to(home / "models" / "text_mood")
    panel = Panel()
    with chat_server.serving(lambda asked: asked.argue("sad", "She is alone.")) as server:
        off = panel.read_text("a woman at a table")
        assert server.requests == []
        on = panel.read_text("a woman at a table", ModelServer(server.address, ("alpha",)))
    assert "language_models" not in {v.reader for v in off.votes} | {s.reader for s in off.silences}
    (said,) = (v for v in on.votes if v.reader == "language_models")
    assert said.mood is Mood.SAD
    assert dict(on.bundles)["language_models"] == "alpha"
    assert on.scores[Mood.SAD] > off.scores[Mood.SAD]

    gone = panel.read_text("a woman at a table", ModelServer(server.address))
    assert "answers at" in {s.reader: str(s.reason) for s in gone.silences}["language_models"]
    assert gone.scores == off.scores

    photo = tmp_path / "grey.png"
    Image.new("RGB", (64, 64), (90, 128, 128)).save(photo)
    root = without_shipped_captioner(tmp_path / "shipped")
    monkeypatch.setattr(paths, "shipped", lambda: root)
    mute = Panel().read(photo, server=ModelServer(server.address))
    assert "captioner" in {s.reader: str(s.reason) for s in mute.silences}["language_models"]


def test_words_of_a_captioner_that_was_measured_have_a_head_of_their_own() -> None:
    usual, modest = Head({"caption": Weights(3, 1, 1)}), Head({"caption": Weights(1, 1, 1)})
    heads = Heads(usual, {"captioner": modest})
    assert heads.for_words_of("captioner") is modest
    assert heads.for_words_of("blip-base") is usual
    assert heads.for_words_of(None) is usual
