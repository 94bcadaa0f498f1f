r"""Teach the head of the panel how much each reader counts.

Run it with::

    python -m miso_desktop.training.panel --data DATA --out models_onnx/panel \
        --votes WORK/oof.jsonl WORK/face.jsonl WORK/likeness.jsonl WORK/caption.jsonl \
        --own WORK/own-likeness.jsonl WORK/own-caption.jsonl

``--votes`` holds what the readers said of photos that they had not seen, the readers of
words on the human captions of OASIS (their training writes it), and what the face reader
says (its benchmark writes it, with ``--votes``); a reader may be silent about a photo. One
shipped captioner's words: it gets a head of its own. The weights maximise the likelihood of
the moods, with and without a caption, pulled towards equal weights; those of valence and
arousal minimise the squared error. All figures are theme-grouped and out of fold.
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
from miso_desktop.training import evaluation
from miso_desktop.training.photo_data import RatedPhotos, read_rated
from miso_desktop.training.votes import read_votes

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


def cross_validate(
    votes: Votes,
    truth: NDArray[np.int64],
    plane: Floats,
    labelled: NDArray[Any],
    themes: Sequence[str],
) -> dict[str, Any]:
    """Figures of each reader alone and of the head, which never saw the photo's theme."""
    known = np.full(len(plane), -1)
    known[labelled] = truth
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
        own = votes.of(voted)
        out[reader] = evaluation.figures(own.moods[r], own.axes[r], known[voted], plane[voted])
        out[reader]["photos"] = len(voted)
    for name in where:
        out[name] = evaluation.figures(moods[name], axes[name], known, plane)
    return out


@dataclass(frozen=True)
class Taught:
    """A head, and how well it did on themes that it had not seen.

    Attributes
    ----------
    fit : HeadFit
        Learned on all photos.
    figures : dict
        Of each reader that votes, and of the head with and without a caption.
    """

    fit: HeadFit
    figures: dict[str, Any]

    @property
    def weights(self) -> dict[str, dict[str, float]]:
        """As the bundle stores them; readers without a vote have none."""
        return {
            reader: {
                "mood": round(float(self.fit.mood[r]), 4),
                "valence": round(float(self.fit.axes[r, 0]), 4),
                "arousal": round(float(self.fit.axes[r, 1]), 4),
            }
            for r, reader in enumerate(READERS)
            if reader in self.figures
        }

    @property
    def table(self) -> dict[str, Any]:
        """For the manifest."""
        return {"weights": self.weights, "sharpness": round(self.fit.sharpness, 4)}


def teach(photos: RatedPhotos, stored: Sequence[Path]) -> Taught:
    """Learn a head from stored votes."""
    labelled = np.flatnonzero(photos.moods >= 0)
    truth = photos.moods[labelled]
    votes = collect(photos, stored)
    figures = cross_validate(votes, truth, photos.feeling, labelled, photos.themes)
    return Taught(fit_head(votes, truth, photos.feeling, labelled), figures)


def main() -> None:
    """Fit the heads and write their bundle."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/oasis")
    parser.add_argument("--votes", type=Path, nargs="+", required=True, help="out-of-fold votes")
    parser.add_argument("--own", type=Path, nargs="+", required=True, help="on its words")
    parser.add_argument("--captioner", default="captioner", help="name of its bundle")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    args = parser.parse_args()
    photos = read_rated(args.data / "photos")
    usual, own = teach(photos, args.votes), teach(photos, [*args.votes, *args.own])
    args.out.mkdir(parents=True, exist_ok=True)
    bundles.write_manifest(
        args.out,
        name="panel",
        version=VERSION,
        licence="GPL-3.0-or-later",
        sources=["OASIS ratings and captions (Kurdi, Lozano, Banaji 2017)"],
        parameters={**usual.table, "captioners": {args.captioner: own.table}},
        figures={"human_captions": usual.figures, "own_captions": own.figures},
    )
    card = card_of(usual, own)
    (args.out / "CARD.md").write_text(card, encoding="utf-8")
    print(card)


def card_of(usual: Taught, own: Taught) -> str:
    """The bundle's CARD.md."""
    eyes = [r for r in READERS if r in usual.figures and r not in OF_WORDS]
    ears = [r for r in READERS if r in usual.figures and r in OF_WORDS]
    lines = [(f"{r} alone ({usual.figures[r]['photos']} photos)", usual.figures[r]) for r in eyes]
    lines += [(f"{r} alone, human captions", usual.figures[r]) for r in ears]
    lines += [(f"{r} alone, the captioner's words", own.figures[r]) for r in ears]
    lines += [
        ("head, no words", usual.figures["without_caption"]),
        ("**head, as shipped**: the captioner's words", own.figures["with_caption"]),
        ("head, human captions", usual.figures["with_caption"]),
    ]
    rows = "\n".join(evaluation.markdown_row(*line) for line in lines)
    table = "\n".join(
        f"| {reader} | {w['mood']:.2f} | {w['valence']:.2f} | {w['arousal']:.2f} "
        f"| {o['mood']:.2f} | {o['valence']:.2f} | {o['arousal']:.2f} |"
        for (reader, w), o in zip(usual.weights.items(), own.weights.values(), strict=True)
    )
    return CARD.format(
        table=table,
        usual=usual.fit.sharpness,
        own=own.fit.sharpness,
        rows=rows,
        matrix=evaluation.mood_table(own.figures["with_caption"]),
    )


CARD = r"""# panel: the head that weighs the readers

No network: tables of weights. The head blends the distributions of the readers that vote,
raises the blend to a power so that its probabilities are calibrated, and takes valence and
arousal with weights of their own. A reader that is silent has no share. The shipped
captioner's words are worth less than a person's or BLIP's, so there are weights for either.

| | usual: mood | valence | arousal | captioner's words: mood | valence | arousal |
|---|---:|---:|---:|---:|---:|---:|
{table}

Sharpness: {usual:.2f}, and {own:.2f} with the captioner's words.

## Figures

OASIS, five moods (strong and weak, 306 photos) and the ratings of all 601. The votes of all
readers but the face reader, which was not trained on OASIS, are out of fold, and the weights
were learned without the photo's theme.

| | accuracy | macro-F1 | log loss | valence r | arousal r |
|---|---:|---:|---:|---:|---:|
{rows}

As shipped:

{matrix}

    python -m miso_desktop.training.captioner_words --data DATA --out WORK/own-captions.csv
    python -m miso_desktop.training.likeness --data DATA --bundle models_onnx/text_mood \
        --votes WORK/likeness.jsonl [--captions WORK/own-captions.csv]
    python -m miso_desktop.training.caption_feeling --data DATA --bundle models_onnx/text_mood \
        --votes WORK/caption.jsonl [--captions WORK/own-captions.csv]
    python -m miso_desktop.training.panel --data DATA --out models_onnx/panel \
        --votes WORK/oof.jsonl WORK/face.jsonl WORK/likeness.jsonl WORK/caption.jsonl \
        --own WORK/own-likeness.jsonl WORK/own-caption.jsonl

`WORK/oof.jsonl` is written by `miso_desktop.training.scene`, `WORK/face.jsonl` by
`tests.benchmarks.face --votes`; `DATA` holds `photos/oasis`.

## Sources, licence, limits

GPL-3.0-or-later. Learned on OASIS (Kurdi, Lozano and Banaji 2017, open-access research
set). The moods of OASIS are proposals made from theme and valence, not human labels; only
valence and arousal are. How clear an expression must be for the face reader to vote was
chosen there, and its weight rests on 37 photos with a mood: that row, and what it adds to the
head, are a little optimistic. The scenes that the readers of words learned from were written
by someone who knew what kinds of pictures such sets hold.
"""


if __name__ == "__main__":
    main()
