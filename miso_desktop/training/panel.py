r"""Teach the head of the panel how much each reader counts.

Run it with::

    python -m miso_desktop.training.panel --data DATA --out models_onnx/panel \
        --votes WORK/oof.jsonl WORK/face.jsonl WORK/likeness.jsonl

``--votes`` holds what the scene, light and likeness readers said of photos that they had
not seen (the training of the scene and of the likeness reader writes it), and what the face
reader says (its benchmark writes it, with ``--votes``); a reader may be silent about a
photo. One without any vote gets no weight. The caption reader votes on the human captions
of OASIS here, since a captioner will have words of that kind, unless its votes are among
those given. The weights
maximise the likelihood of the moods, with and without a caption, pulled towards equal
weights; those of valence and arousal minimise the squared error. All figures are
theme-grouped and out of fold.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from miso_desktop import bundles
from miso_desktop.moods import MOODS
from miso_desktop.photos.caption_mood import CaptionMood
from miso_desktop.training import evaluation
from miso_desktop.training.photo_data import RatedPhotos, read_rated
from miso_desktop.training.votes import read_votes, row_of

Floats = NDArray[np.float64]

VERSION = "1.0.0"
READERS = ("scene", "light", "face", "caption", "likeness")
OF_WORDS = ("caption", "likeness")
"""Readers that are silent without a caption."""
SILENT_CAPTION = np.array([reader not in OF_WORDS for reader in READERS])
FOLDS = 5
PULL = 0.002
"""Penalty on weights that leave equality; the data are 306 photos."""


@dataclass(frozen=True)
class Votes:
    """What the readers said.

    Attributes
    ----------
    moods : numpy.ndarray, shape (readers, photos, 5)
        Probabilities.
    axes : numpy.ndarray, shape (readers, photos, 2)
        Valence and arousal in [-1, 1].
    given : numpy.ndarray, shape (readers, photos), bool
        False where the reader was silent; its numbers are then 0.
    """

    moods: Floats
    axes: Floats
    given: NDArray[np.bool_]

    def of(self, keep: NDArray[Any]) -> Votes:
        """The votes on some of the photos."""
        return Votes(self.moods[:, keep], self.axes[:, keep], self.given[:, keep])


@dataclass(frozen=True)
class HeadFit:
    """Weights of :data:`READERS` for the moods and for each axis, and the sharpness."""

    mood: Floats
    axes: Floats
    sharpness: float


def collect(photos: RatedPhotos, stored: Sequence[Path]) -> Votes:
    """Votes of every reader on every rated photo."""
    said = read_votes(stored)
    if not any(reader == "caption" for reader, _ in said):
        words = CaptionMood()
        for path, caption in zip(photos.paths, photos.captions, strict=True):
            said["caption", path.name] = row_of(words.read(caption).scores)
    moods = np.zeros((len(READERS), len(photos.paths), len(MOODS)))
    axes = np.zeros((len(READERS), len(photos.paths), 2))
    given = np.zeros((len(READERS), len(photos.paths)), bool)
    for (r, reader), (i, path) in product(enumerate(READERS), enumerate(photos.paths)):
        if row := said.get((reader, path.name)):
            moods[r, i] = [row["scores"][m.value] for m in MOODS]
            axes[r, i] = row["valence"], row["arousal"]
            given[r, i] = True
    return Votes(moods, axes, given)


def blend(votes: Votes, fit: HeadFit, present: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """What the head decides with the readers that are present: (n, 5) and (n, 2)."""
    here = votes.given & present[:, None]
    share = fit.mood[:, None] * here
    mixed = np.einsum("rn,rnm->nm", share / share.sum(0), votes.moods) ** fit.sharpness
    weights = fit.axes[:, None, :] * here[:, :, None]
    axes = (weights / weights.sum(0) * votes.axes).sum(0)
    return mixed / mixed.sum(1, keepdims=True), axes


def fit_head(
    votes: Votes, truth: NDArray[np.int64], plane: Floats, labelled: NDArray[Any]
) -> HeadFit:
    """Learn the head.

    Parameters
    ----------
    votes : Votes
        On n photos.
    truth : numpy.ndarray, shape (labelled photos,)
        Mood numbers of the labelled ones.
    plane : numpy.ndarray, shape (n, 2)
        Rated valence and arousal in [-1, 1].
    labelled : numpy.ndarray
        Which of the n photos have a mood.
    """
    known = votes.of(labelled)
    everyone = np.ones(len(READERS), bool)

    def mood_loss(x: Floats) -> float:
        fit = HeadFit(np.exp(x[:-1]), np.ones((len(READERS), 2)), float(np.exp(x[-1])))
        loss = PULL * float(x @ x)
        for present in (everyone, SILENT_CAPTION):
            mixed, _ = blend(known, fit, present)
            loss -= float(np.log(mixed[np.arange(len(truth)), truth] + 1e-9).mean())
        return loss

    def axes_loss(x: Floats) -> float:
        weights = np.exp(x).reshape(len(READERS), 2)
        fit = HeadFit(np.ones(len(READERS)), weights, 1.0)
        loss = PULL * float(x @ x) * 0.1
        for present in (everyone, SILENT_CAPTION):
            _, axes = blend(votes, fit, present)
            loss += float(((axes - plane) ** 2).mean())
        return loss

    moods = minimize(mood_loss, np.zeros(len(READERS) + 1), method="Nelder-Mead").x
    axes = minimize(axes_loss, np.zeros(len(READERS) * 2), method="L-BFGS-B").x
    return HeadFit(
        np.exp(moods[:-1]) / np.exp(moods[:-1]).sum(),
        np.exp(axes).reshape(len(READERS), 2),
        float(np.exp(moods[-1])),
    )


def figures_of(
    moods: Floats, axes: Floats, truth: NDArray[np.int64], plane: Floats, labelled: NDArray[Any]
) -> dict[str, Any]:
    """Accuracy, macro-F1, correlations and the confusion table."""
    table = evaluation.confusion(truth, moods[labelled].argmax(1), len(MOODS))
    chosen = moods[labelled][np.arange(len(truth)), truth]
    return {
        "accuracy": round(evaluation.accuracy(table), 4),
        "macro_f1": round(evaluation.macro_f1(table), 4),
        "log_loss": round(float(-np.log(chosen + 1e-9).mean()), 4),
        "valence_r": round(float(np.corrcoef(axes[:, 0], plane[:, 0])[0, 1]), 4),
        "arousal_r": round(float(np.corrcoef(axes[:, 1], plane[:, 1])[0, 1]), 4),
        "confusion": table.tolist(),
    }


def cross_validate(
    votes: Votes,
    truth: NDArray[np.int64],
    plane: Floats,
    labelled: NDArray[Any],
    themes: Sequence[str],
) -> dict[str, Any]:
    """Figures of each reader alone and of the head, which never saw the photo's theme."""
    fold = evaluation.theme_folds(themes, FOLDS)
    where = {"with_caption": np.ones(len(READERS), bool), "without_caption": SILENT_CAPTION}
    moods = {name: np.zeros(votes.moods.shape[1:]) for name in where}
    axes = {name: np.zeros(votes.axes.shape[1:]) for name in where}
    for k in range(FOLDS):
        learn, test = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        in_learn = np.isin(labelled, learn)
        local = np.searchsorted(learn, labelled[in_learn])
        fit = fit_head(votes.of(learn), truth[in_learn], plane[learn], local)
        for name, present in where.items():
            moods[name][test], axes[name][test] = blend(votes.of(test), fit, present)
    out = {}
    for r, reader in enumerate(READERS):
        voted = np.flatnonzero(votes.given[r])
        if not len(voted):
            continue
        also = np.isin(labelled, voted)
        own = votes.of(voted)
        places = np.searchsorted(voted, labelled[also])
        out[reader] = figures_of(own.moods[r], own.axes[r], truth[also], plane[voted], places)
        out[reader]["photos"] = len(voted)
    for name in where:
        out[name] = figures_of(moods[name], axes[name], truth, plane, labelled)
    return out


def main() -> None:
    """Fit the head and write its bundle."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/oasis")
    parser.add_argument("--votes", type=Path, nargs="+", required=True, help="out-of-fold votes")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    args = parser.parse_args()
    photos = read_rated(args.data / "photos")
    labelled = np.flatnonzero(photos.moods >= 0)
    truth = photos.moods[labelled]
    votes = collect(photos, args.votes)
    figures = cross_validate(votes, truth, photos.feeling, labelled, photos.themes)
    fit = fit_head(votes, truth, photos.feeling, labelled)
    args.out.mkdir(parents=True, exist_ok=True)
    weights = {
        reader: {
            "mood": round(float(fit.mood[r]), 4),
            "valence": round(float(fit.axes[r, 0]), 4),
            "arousal": round(float(fit.axes[r, 1]), 4),
        }
        for r, reader in enumerate(READERS)
        if reader in figures
    }
    bundles.write_manifest(
        args.out,
        name="panel",
        version=VERSION,
        licence="GPL-3.0-or-later",
        sources=["OASIS ratings and captions (Kurdi, Lozano, Banaji 2017)"],
        parameters={"weights": weights, "sharpness": round(fit.sharpness, 4)},
        figures=figures,
    )
    card = card_of(weights, fit.sharpness, figures)
    (args.out / "CARD.md").write_text(card, encoding="utf-8")
    print(card)


def card_of(weights: dict[str, dict[str, float]], sharpness: float, figures: dict[str, Any]) -> str:
    """The bundle's CARD.md."""
    heard = [reader for reader in READERS if reader in figures]
    names = [*heard, "without_caption", "with_caption"]
    titles = {r: f"{r} alone ({figures[r]['photos']} photos)" for r in heard} | {
        "without_caption": "**head, as shipped** (no captioner)",
        "with_caption": "head: with the human caption",
    }
    rows = "\n".join(
        f"| {titles[n]} | {f['accuracy']:.3f} | {f['macro_f1']:.3f} "
        f"| {f['log_loss']:.3f} | {f['valence_r']:.3f} | {f['arousal_r']:.3f} |"
        for n, f in ((n, figures[n]) for n in names)
    )
    table = "\n".join(
        f"| {reader} | {w['mood']:.2f} | {w['valence']:.2f} | {w['arousal']:.2f} |"
        for reader, w in weights.items()
    )
    matrix = evaluation.markdown(
        np.array(figures["without_caption"]["confusion"]), [m.value for m in MOODS]
    )
    return CARD.format(table=table, sharpness=sharpness, rows=rows, matrix=matrix)


CARD = r"""# panel: the head that weighs the readers

No network: a table of weights. The head blends the distributions of the readers that vote,
raises the blend to a power so that its probabilities are calibrated, and takes valence and
arousal with weights of their own. A reader that is silent has no share.

| reader | mood | valence | arousal |
|---|---:|---:|---:|
{table}

Sharpness: {sharpness:.2f}.

## Figures

OASIS, five moods (strong and weak, 306 photos) and the ratings of all 601; the scene
and light votes are out of fold, and the weights were learned without the photo's theme.

| | accuracy | macro-F1 | log loss | valence r | arousal r |
|---|---:|---:|---:|---:|---:|
{rows}

As shipped, without a captioner:

{matrix}

    python -m miso_desktop.training.panel --data DATA --out models_onnx/panel \
        --votes WORK/oof.jsonl WORK/face.jsonl WORK/likeness.jsonl

`WORK/oof.jsonl` is written by `miso_desktop.training.scene`, `WORK/face.jsonl` by
`tests.benchmarks.face --votes`, `WORK/likeness.jsonl` by `miso_desktop.training.likeness
--votes`; `DATA` holds `photos/oasis`.

## Sources, licence, limits

GPL-3.0-or-later. Learned on OASIS (Kurdi, Lozano and Banaji 2017, open-access research
set). The moods of OASIS are proposals made from theme and valence, not human labels; only
valence and arousal are. The caption row uses the human captions of OASIS; the valence and
arousal of the caption reader were fitted on the same captions, so its r are optimistic.
The face reader was not trained on OASIS, but how clear an expression must be to count was
chosen there, and its weight rests on 37 photos with a mood: that row, and what it adds to the
head, are a little optimistic too.
"""


if __name__ == "__main__":
    main()
