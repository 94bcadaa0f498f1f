"""A text model for tests: small, without training, and with a vector for every sentence.

Each word that it knows points to one mood or to plain words; a sentence is the mean of its
words. The bundle lies in ``tests/data/tiny_text``. Made anew, with the package onnx, by::

    python -m tests.tiny_text
"""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np

from miso_desktop import bundles
from miso_desktop.moods import MOODS, Mood
from miso_desktop.photos.mood_scenes import Scenes
from miso_desktop.training import likeness
from miso_desktop.training.photo_data import RatedPhotos

BUNDLE = Path(__file__).parent / "data" / "tiny_text"

WORDS: dict[Mood | None, tuple[str, ...]] = {
    Mood.HAPPY: ("party", "laughing", "sunshine", "balloons", "picnic"),
    Mood.ROMANTIC: ("couple", "kissing", "roses", "wedding", "candles"),
    Mood.SAD: ("funeral", "crying", "grave", "ruins", "alone"),
    Mood.AGGRESSIVE: ("fight", "gun", "fist", "riot", "shouting"),
    Mood.DRAMATIC: ("storm", "volcano", "cliff", "lightning", "flames"),
    None: ("table", "wall", "chair", "desk", "street"),
}
EMOTIONS = ("joy", "love", "sadness", "anger", "fear", "neutral")
FEELING = {
    0: (0.6, 0.1),
    1: (0.5, -0.1),
    2: (-0.5, -0.2),
    3: (-0.5, 0.3),
    4: (-0.1, 0.4),
    -1: (0, -0.4),
}
SIZE = 8
"""Length of a vector: six groups, and two numbers that tell the words of a group apart."""


def copy_to(folder: Path) -> bundles.Bundle:
    """A copy that may be written to."""
    shutil.copytree(BUNDLE, folder)
    return bundles.load(folder)


def taught_in(folder: Path, votes: Path | None = None) -> bundles.Bundle:
    """A copy that has been given a table of scenes, as ``training.likeness`` gives it."""
    likeness.teach(copy_to(folder), scenes(), rated(), votes)
    return bundles.load(folder)


def scenes() -> Scenes:
    """Two for each mood and two without, not yet embedded."""
    texts = [f"a {one} with {two}" for words in WORDS.values() for one, two in pairwise(words[:3])]
    groups = [group for group in range(len(WORDS)) for _ in range(2)]
    places = [FEELING[group if group < len(MOODS) else -1] for group in groups]
    return Scenes(
        tuple(texts),
        np.array(groups),
        np.array(places, np.float32),
        np.zeros((len(texts), 0), np.float32),
    )


def rated() -> RatedPhotos:
    """Photos with captions of known words and ratings that follow them."""
    captions, moods = [], []
    for group, words in enumerate(WORDS.values()):
        for word in words:
            captions += [f"a {word}", f"the {word} and the {words[0]}"]
            moods += [group if group < len(MOODS) else -1] * 2
    feeling = [FEELING[mood] for mood in moods]
    return RatedPhotos(
        paths=[Path("images") / f"{number}.jpg" for number in range(len(captions))],
        captions=captions,
        themes=[str(number // 2) for number in range(len(captions))],
        feeling=np.array(feeling),
        moods=np.array(moods),
    )


def vocabulary() -> list[str]:
    return ["[UNK]", *(word for words in WORDS.values() for word in words)]


def vectors() -> np.ndarray:
    """A row for each word of the vocabulary; the unknown word has no direction."""
    table = np.zeros((len(vocabulary()), SIZE), np.float32)
    row = 1
    for group, words in enumerate(WORDS.values()):
        for number, _ in enumerate(words):
            angle = 2 * np.pi * number / len(words)
            table[row, group] = 1.0
            table[row, 6:] = 0.3 * np.cos(angle), 0.3 * np.sin(angle)
            row += 1
    return table


def make() -> None:
    """Write the bundle."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    BUNDLE.mkdir(parents=True, exist_ok=True)
    known = {word: number for number, word in enumerate(vocabulary())}
    tokenizer = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(BUNDLE / "tokenizer.json"))

    heard = np.zeros((SIZE, len(EMOTIONS)), np.float32)
    heard[: len(EMOTIONS)] = 6.0 * np.eye(len(EMOTIONS))
    constants = {"table": vectors(), "heard": heard, "bias": np.full(6, -3, np.float32)}
    constants["least"] = np.array(1e-6, np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("ReduceMean", ["words"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("ReduceL2", ["mean"], ["length"], axes=[1], keepdims=1),
        helper.make_node("Max", ["length", "least"], ["divisor"]),
        helper.make_node("Div", ["mean", "divisor"], ["embedding"]),
        helper.make_node("MatMul", ["embedding", "heard"], ["strength"]),
        helper.make_node("Add", ["strength", "bias"], ["logits"]),
    ]
    shapes = {
        name: helper.make_tensor_value_info(name, kind, shape)
        for name, kind, shape in (
            ("input_ids", TensorProto.INT64, ["batch", "length"]),
            ("attention_mask", TensorProto.INT64, ["batch", "length"]),
            ("logits", TensorProto.FLOAT, ["batch", len(EMOTIONS)]),
            ("embedding", TensorProto.FLOAT, ["batch", SIZE]),
        )
    }
    graph = helper.make_graph(
        nodes,
        "tiny_text",
        [shapes["input_ids"], shapes["attention_mask"]],
        [shapes["logits"], shapes["embedding"]],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(BUNDLE / "model.onnx"))
    (BUNDLE / "CARD.md").write_text(CARD, encoding="utf-8")
    bundles.write_manifest(
        BUNDLE,
        name="text_mood",
        version="0.0.0",
        licence="GPL-3.0-or-later",
        sources=["tests/tiny_text.py"],
        parameters={
            "max_tokens": 64,
            "emotions": list(EMOTIONS),
            "members": {m.value: [e] for m, e in zip(MOODS, EMOTIONS, strict=False)},
            "thresholds": {mood.value: 0.5 for mood in MOODS},
            "softmax": {"slope": [1.0] * 5, "offset": [0.0] * 5},
            "plane": {"weights": [[0.1, 0.1]] * 6, "offset": [0.0, 0.0]},
        },
        figures={},
    )


CARD = """# tiny_text: the mood of a sentence, for tests

Thirty words, each of which points to a mood or to plain words. Nothing was trained.

    python -m tests.tiny_text

## Sources and licence

GPL-3.0-or-later; made by the command above.
"""


if __name__ == "__main__":
    make()
