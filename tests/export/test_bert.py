"""A BERT's emotions, exported, are those that PyTorch tells, whatever its kind.

Needs the extra ``[export]``. Without it, ``tests/photos/test_emotion_network.py`` holds the
runtime to its contract.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs the extra [export]")
pytest.importorskip("torch", reason="needs the extra [export]")
pytest.importorskip("optimum.onnxruntime", reason="needs the extra [export]")

import torch
from transformers import AutoModelForSequenceClassification, BertConfig, BertForMaskedLM

from miso_desktop import bundles, models, packing
from miso_desktop.analysis import try_out
from miso_desktop.errors import InstallFailed
from miso_desktop.export import bert
from miso_desktop.export.agreement import Disagreement
from miso_desktop.export.bert import Classifier
from miso_desktop.export.emotion_agreement import Fidelity
from miso_desktop.export.emotion_labels import KINDS, labels_of
from miso_desktop.export.emotion_tables import Tables, out_of_fold
from miso_desktop.moods import MOODS, Mood
from miso_desktop.photos.emotion_network import EmotionNetwork, Emotions
from miso_desktop.photos.mood_scenes import PLAIN, Scenes
from miso_desktop.photos.panel import Panel
from tests.export import tiny_bert

pytestmark = pytest.mark.filterwarnings("ignore")  # of the exporting libraries, not ours

SENTENCES = (
    "a dog at sea",
    "two men, and a storm!",
    "x" * 200,
    "",
    "바다",
    "the sun is on the beach",
)


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    """A few of those that are shipped, each mood among them."""
    known = bert.shipped_scenes()
    some = np.arange(len(known.texts)) % 12 == 0
    texts = tuple(np.array(known.texts)[some])
    return Scenes(texts, known.groups[some], known.plane[some], known.vectors[some])


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    root = tmp_path_factory.mktemp("checkpoints")

    def made(kind: str = "bert") -> Path:
        folder = root / kind
        return folder if folder.exists() else tiny_bert.write(folder, kind)

    return made


@pytest.mark.parametrize("kind", KINDS)
def test_the_exported_classifier_hears_what_pytorch_hears(
    kind: str, checkpoint: Callable[..., Path], scenes: Scenes, tmp_path: Path
) -> None:
    classifier = Classifier.load(checkpoint(kind), kind)
    figures = bert.pack(classifier, tmp_path / "own", int8=False, source="by lot", scenes=scenes)
    assert figures["fp32"]["kept"] > 0.9999
    network = EmotionNetwork(bundles.load(tmp_path / "own"))
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint(kind)).eval()
    for text in SENTENCES:
        given = classifier.tokenizer(text, return_tensors="pt", truncation=True, max_length=38)
        with torch.no_grad():
            expected = model(given["input_ids"]).logits[0].numpy()
        np.testing.assert_allclose(network.emotions_of(text).logits, expected, atol=1e-4)


def test_int8_is_smaller_and_near(
    checkpoint: Callable[..., Path], scenes: Scenes, tmp_path: Path
) -> None:
    classifier = Classifier.load(checkpoint(), "own")
    exact = bert.pack(classifier, tmp_path / "a", int8=False, source="by lot", scenes=scenes)
    fast = bert.pack(classifier, tmp_path / "b", int8=True, source="by lot", scenes=scenes)
    sizes = [(tmp_path / name / "model.onnx").stat().st_size for name in ("a", "b")]
    assert sizes[1] < sizes[0]
    assert 0.9 <= fast["int8"]["kept"] < exact["fp32"]["kept"]
    assert {path.name for path in (tmp_path / "b").iterdir()} == {
        "CARD.md",
        "manifest.json",
        "model.onnx",
        "tokenizer.json",
    }


def test_what_8_bits_spoil_is_refused_and_what_was_there_stays(
    checkpoint: Callable[..., Path], scenes: Scenes, tmp_path: Path
) -> None:
    classifier, out = Classifier.load(checkpoint(), "own"), tmp_path / "own"
    out.mkdir()
    (out / "old").touch()
    with pytest.raises(Disagreement, match=r"int8: .* are left"):
        bert.pack(classifier, out, int8=True, source="by lot", scenes=scenes, near=1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
    assert (out / "old").exists()


def test_an_export_that_says_something_else_is_refused(
    checkpoint: Callable[..., Path],
    scenes: Scenes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    classifier = Classifier.load(checkpoint(), "own")
    heard = Classifier.emotions_of

    def otherwise(self: Classifier, text: str) -> Emotions:
        return Emotions(heard(self, text).logits + np.float32(0.1))

    monkeypatch.setattr(Classifier, "emotions_of", otherwise)
    with pytest.raises(Disagreement, match="fp32: a probability differs"):
        bert.pack(classifier, tmp_path / "own", int8=False, source="by lot", scenes=scenes)
    assert not list(tmp_path.iterdir())


def test_a_classifier_that_says_the_same_of_everything_is_refused(
    checkpoint: Callable[..., Path], scenes: Scenes, tmp_path: Path
) -> None:
    classifier = Classifier.load(checkpoint(), "own")
    torch.nn.init.zeros_(classifier.model.classifier.weight)
    with pytest.raises(Disagreement, match="the same of every sentence"):
        bert.pack(classifier, tmp_path / "own", int8=False, source="by lot", scenes=scenes)


def test_labels_that_exclude_one_another_are_heard_as_such(scenes: Scenes, tmp_path: Path) -> None:
    folder = tiny_bert.write(tmp_path / "own", problem="single_label_classification")
    classifier = Classifier.load(folder, "own")
    bert.pack(classifier, tmp_path / "out", int8=False, source="by lot", scenes=scenes)
    network = EmotionNetwork(bundles.load(tmp_path / "out"))
    for text in SENTENCES:
        given = classifier.tokenizer(text, return_tensors="pt", truncation=True, max_length=38)
        with torch.no_grad():
            expected = classifier.model(**given).logits[0].softmax(0).numpy()
        found = network.emotions_of(text).probabilities
        np.testing.assert_allclose(found, expected, atol=1e-5)


def config(labels: tuple[str, ...], **more: object) -> BertConfig:
    return BertConfig(id2label=dict(enumerate(labels)), **more)


def test_labels_are_reduced_to_the_moods() -> None:
    labels = labels_of(config((*tiny_bert.EKMAN, "boredom"), problem_type=None), "own")
    assert labels.members == {
        Mood.HAPPY: ("joy",),
        Mood.ROMANTIC: ("love",),
        Mood.SAD: ("sadness",),
        Mood.AGGRESSIVE: ("anger", "disgust"),
        Mood.DRAMATIC: ("fear", "surprise"),
    }
    assert labels.unknown == ("boredom",)
    assert labels.names[1] == "disgust"


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (("joy", "sadness", "anger", "fear"), r"no label for romantic: .*joy.* such as love"),
        (("LABEL_0", "LABEL_1"), r"no label for happy, romantic, sad, aggressive, dramatic"),
        ((*tiny_bert.EKMAN, "Joy"), "two labels of one name"),
    ],
)
def test_labels_that_leave_a_mood_out_are_told(labels: tuple[str, ...], words: str) -> None:
    with pytest.raises(InstallFailed, match=words):
        labels_of(config(labels), "own")


@pytest.mark.parametrize(
    ("problem", "architecture", "exclusive"),
    [
        ("single_label_classification", "BertForMultiLabelClassification", True),
        ("multi_label_classification", "BertForSequenceClassification", False),
        (None, "BertForSequenceClassification", True),
        (None, "BertForMultiLabelClassification", False),
    ],
)
def test_whether_labels_exclude_one_another_is_what_transformers_would_say(
    problem: str | None, architecture: str, exclusive: bool
) -> None:
    known = config(tiny_bert.EKMAN, problem_type=problem, architectures=[architecture])
    assert labels_of(known, "own").exclusive is exclusive


def test_a_model_without_a_trained_head_is_refused(
    checkpoint: Callable[..., Path], tmp_path: Path
) -> None:
    known = BertConfig.from_pretrained(checkpoint())
    BertForMaskedLM(known).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"its weights lack .*classifier\.weight"):
        Classifier.load(tmp_path, "own")


def test_the_tables_learn_what_emotions_say_of_scenes() -> None:
    groups = np.tile(np.arange(PLAIN + 1), 20)
    plane = np.array([[0.5, 0.1], [0.6, -0.1], [-0.5, -0.3], [-0.6, 0.4], [-0.1, 0.5], [0, -0.4]])
    random = np.random.default_rng(1)
    scenes = Scenes(tuple(map(str, groups)), groups, plane[groups], np.zeros((len(groups), 0)))
    logits = np.eye(PLAIN + 1)[groups] * 4 + random.normal(0, 0.3, (len(groups), PLAIN + 1))
    strongest = logits[:, : len(MOODS)]
    figures = out_of_fold(scenes, logits, strongest)
    assert figures["accuracy"] == 1
    assert min(figures["valence_r"], figures["arousal_r"]) > 0.9
    noise = random.permutation(logits)
    assert out_of_fold(scenes, noise, noise[:, : len(MOODS)])["accuracy"] < 0.5
    tables = Tables.fit(scenes, logits, strongest)
    told = tables.moods(strongest)[groups != PLAIN].argmax(1)
    assert (told == groups[groups != PLAIN]).all()


def test_fidelity_counts_what_is_lost(
    checkpoint: Callable[..., Path], scenes: Scenes, tmp_path: Path
) -> None:
    classifier = Classifier.load(checkpoint(), "own")
    bert.pack(classifier, tmp_path / "own", int8=False, source="by lot", scenes=scenes)
    network = EmotionNetwork(bundles.load(tmp_path / "own"))
    said = [network.emotions_of(text) for text in SENTENCES]
    same = Fidelity.between(network, said, said)
    assert (same.worst, same.kept, same.named) == (0, 1, 1)
    mean = np.mean([e.logits for e in said], axis=0)
    flat = [replace(e, logits=mean) for e in said]
    assert Fidelity.between(network, said, flat).kept < 0.5
    silent = [replace(e, logits=e.logits - 50) for e in said]
    assert Fidelity.between(network, said, silent).named == 0


@pytest.mark.slow
def test_the_command_makes_a_bundle_that_is_packed_added_and_used(
    checkpoint: Callable[..., Path],
    tmp_path: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "made"
    assert bert.main([str(checkpoint()), "--out", str(out), "--int8", "--name", "my-bert"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["scenes"]["count"] == len(bert.shipped_scenes().texts)
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert "| aggressive | anger, disgust |" in card
    assert f"{figures['int8']['kept']:.1%}" in card
    file = tmp_path / "my-bert.miso"
    packing.pack(bundles.load(out), file)
    added = models.add(file, try_out=try_out)
    assert (added.role, added.in_use) == ("emotions", True)
    reading = Panel().read_text("a man and a dog on a beach")
    assert "my-bert" in dict(reading.bundles)
    assert {vote.reader for vote in reading.votes} == {"caption", "likeness"}
    models.remove("my-bert")
    assert "my-bert" not in dict(Panel().read_text("a man and a dog").bundles)


def test_the_command_says_why_a_checkpoint_is_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tiny_bert.write(tmp_path / "own", labels=("joy", "sadness"))
    assert bert.main([str(folder), "--out", str(tmp_path / "out")]) == 1
    assert "no label for romantic" in capsys.readouterr().err
    (folder / "config.json").write_text('{"model_type": "gpt2"}', encoding="utf-8")
    assert bert.main([str(folder), "--out", str(tmp_path / "out")]) == 1
    assert "model_type 'gpt2'" in capsys.readouterr().err
