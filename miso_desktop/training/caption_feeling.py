r"""Teach a text bundle how described photos feel.

Run it with::

    python -m miso_desktop.training.caption_feeling --data DATA --bundle models_onnx/text_mood \
        [--captions WORK/own-captions.csv] [--votes WORK/caption.jsonl]

after the training of the likeness reader, whose scenes are learned from too. The figures
are theme-grouped and out of fold, on the human captions of OASIS, beside a plain logistic
and ridge regression on the embeddings that never saw a scene. ``--captions`` (``file``,
``caption``) lets it vote on other words for the same photos, those of a captioner; it does
not learn from them. ``--votes`` writes the votes for the training of the panel's head.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge

from miso_desktop import bundles
from miso_desktop.errors import BundleError
from miso_desktop.moods import MOODS
from miso_desktop.photos.caption_feeling import TABLE, Feeling
from miso_desktop.photos.caption_mood import READER, CaptionMood
from miso_desktop.training import evaluation
from miso_desktop.training.likeness import add_section
from miso_desktop.training.photo_data import RatedPhotos, read_rated, read_words
from miso_desktop.training.votes import scores_of, write_votes

Array = NDArray[np.float32]

FOLDS = 5
SCENE_WEIGHT = 0.6
"""Of a scene beside a rated caption."""

WIDTH = 1.2
RIDGE = 0.2
STRENGTH = 3.0
"""Inverse of the logistic regression's penalty."""

LOGITS = 0.04
"""Scale of the standardised emotions beside an embedding of length 1."""


@dataclass(frozen=True)
class Sentences:
    """Sentences as the network sees them.

    Attributes
    ----------
    embeddings : numpy.ndarray, shape (n, d)
    logits : numpy.ndarray, shape (n, 28)
    feeling : numpy.ndarray, shape (n, 2)
    moods : numpy.ndarray, shape (n,), int
        -1 where there is none.
    """

    embeddings: Array
    logits: Array
    feeling: NDArray[np.float64]
    moods: NDArray[np.int64]

    def of(self, keep: NDArray[np.bool_]) -> Sentences:
        """Some of them."""
        return Sentences(
            self.embeddings[keep], self.logits[keep], self.feeling[keep], self.moods[keep]
        )


def see(
    reader: CaptionMood,
    texts: Sequence[str],
    feeling: NDArray[np.float64],
    moods: NDArray[np.int64],
) -> Sentences:
    """Run the network.

    Raises
    ------
    BundleError
        If it gives no embedding.
    """
    said = [reader.emotions_of(text) for text in texts]
    vectors = [emotions.embedding for emotions in said if emotions.embedding is not None]
    if len(vectors) != len(said):
        raise reader.bundle.damaged("model.onnx has no output embedding")
    return Sentences(np.stack(vectors), np.stack([s.logits for s in said]), feeling, moods)


def fit(rated: Sentences, scenes: Sentences) -> Feeling:
    """Learn from rated captions and scenes."""
    scale = LOGITS / (rated.logits.std(0) + 1e-6)
    blank = Feeling(
        scenes=scenes.embeddings,
        width=WIDTH,
        plane=np.zeros((0, 2), np.float32),
        plane_offset=rated.feeling.mean(0).astype(np.float32),
        logit_mean=rated.logits.mean(0),
        logit_scale=scale,
        moods=np.zeros((0, len(MOODS)), np.float32),
        moods_offset=np.zeros(len(MOODS), np.float32),
    )
    places = _plane(blank, rated, scenes)
    classes = _moods(blank, rated, scenes)
    return Feeling(
        blank.scenes,
        WIDTH,
        places,
        blank.plane_offset,
        blank.logit_mean,
        blank.logit_scale,
        classes.coef_.T.astype(np.float32),
        classes.intercept_.astype(np.float32),
    )


def _plane(blank: Feeling, rated: Sentences, scenes: Sentences) -> Array:
    """Kernel ridge regression with the scenes as supports (a Nyström approximation)."""
    values = np.vstack([blank.kernel(rated.embeddings), blank.kernel(scenes.embeddings)])
    values = values.astype(np.float64)
    weight = np.concatenate([np.ones(len(rated.moods)), np.full(len(scenes.moods), SCENE_WEIGHT)])
    truth = np.vstack([rated.feeling, scenes.feeling]) - blank.plane_offset
    penalty = RIDGE * values[len(rated.moods) :] + 1e-6 * np.eye(len(scenes.moods))
    gram = values.T @ (values * weight[:, None]) + penalty
    return np.linalg.solve(gram, values.T @ (truth * weight[:, None])).astype(np.float32)


def _moods(blank: Feeling, rated: Sentences, scenes: Sentences) -> LogisticRegression:
    """Every mood weighs the same among the rated captions, and a scene :data:`SCENE_WEIGHT`."""
    known, clear = rated.of(rated.moods >= 0), scenes.of(scenes.moods >= 0)
    count = np.bincount(known.moods, minlength=len(MOODS))
    weight = np.concatenate(
        [
            (len(known.moods) / len(MOODS) / np.maximum(count, 1))[known.moods],
            np.full(len(clear.moods), SCENE_WEIGHT),
        ]
    )
    rows = [blank.rows(part.embeddings, part.logits) for part in (known, clear)]
    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    model.fit(np.vstack(rows), np.concatenate([known.moods, clear.moods]), sample_weight=weight)
    return model


def out_of_fold(
    rated: Sentences, asked: Sentences, scenes: Sentences, fold: NDArray[np.int64]
) -> evaluation.Told:
    """What is said of ``asked`` by regressions that never saw the photo's theme.

    ``asked`` are the rated captions themselves, or other words for the same photos.
    """

    def tell(learn: evaluation.Marks, test: evaluation.Marks) -> evaluation.Told:
        feeling, part = fit(rated.of(learn), scenes), asked.of(test)
        rows = feeling.rows(part.embeddings, part.logits)
        return feeling.moods_of(rows), feeling.places_of(part.embeddings)

    return evaluation.out_of_fold(fold, tell)


def plain(rated: Sentences, fold: NDArray[np.int64]) -> evaluation.Told:
    """The baseline: logistic and ridge regression on the embeddings of the rated captions."""

    def tell(learn: evaluation.Marks, test: evaluation.Marks) -> evaluation.Told:
        known, everyone = rated.of(learn & (rated.moods >= 0)), rated.of(learn)
        classes = LogisticRegression(C=10, class_weight="balanced", max_iter=2000)
        classes.fit(known.embeddings, known.moods)
        line = Ridge(1.0).fit(everyone.embeddings, everyone.feeling)
        asked = rated.embeddings[test]
        return classes.predict_proba(asked), line.predict(asked)

    return evaluation.out_of_fold(fold, tell)


def figures_of(told: evaluation.Told, photos: RatedPhotos) -> dict[str, Any]:
    """What the card prints."""
    return evaluation.figures(*told, photos.moods, photos.feeling)


def scenes_of(reader: CaptionMood) -> Sentences:
    """The scenes of the bundle's likeness reader, their vectors as stored."""
    table = reader.scenes
    seen = see(reader, table.texts, table.plane.astype(np.float64), table.moods)
    return Sentences(table.vectors, seen.logits, seen.feeling, seen.moods)


def store(bundle: bundles.Bundle, feeling: Feeling, figures: dict[str, Any]) -> None:
    """Write the table into the bundle, and what belongs to it into manifest and card."""
    np.savez_compressed(
        bundle.folder / TABLE,
        plane=feeling.plane.astype(np.float16),
        plane_offset=feeling.plane_offset,
        logit_mean=feeling.logit_mean,
        logit_scale=feeling.logit_scale,
        moods=feeling.moods.astype(np.float16),
        moods_offset=feeling.moods_offset,
    )
    bundles.rewrite_manifest(bundle, {"feeling": {"width": WIDTH}}, {"feeling": figures})
    section = CARD.format(
        rows="\n".join(evaluation.markdown_row(*row) for row in figures.items()),
        matrix=evaluation.mood_table(list(figures.values())[-1]),
    )
    add_section(bundle, section)


def main() -> None:
    """Cross-validate, write votes, fit, store."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/oasis")
    parser.add_argument("--bundle", type=Path, required=True, help="folder of the text bundle")
    parser.add_argument("--captions", type=Path, help="a captioner's words for the rated photos")
    parser.add_argument("--votes", type=Path, help="write the out-of-fold votes here")
    args = parser.parse_args()
    photos = read_rated(args.data / "photos")
    try:
        bundle = bundles.load(args.bundle)
        reader = CaptionMood(bundle)
        rated = see(reader, photos.captions, photos.feeling, photos.moods)
        scenes = scenes_of(reader)
    except BundleError as error:
        raise SystemExit(str(error)) from error
    fold = evaluation.theme_folds(photos.themes, FOLDS)
    told = out_of_fold(rated, rated, scenes, fold)
    figures = {
        "embeddings alone": figures_of(plain(rated, fold), photos),
        "with the scenes (shipped)": figures_of(told, photos),
    }
    if args.captions:
        words = read_words(args.captions, photos)
        told = out_of_fold(rated, see(reader, words, photos.feeling, photos.moods), scenes, fold)
    if args.votes:
        scores = scores_of(*told)
        write_votes(args.votes, {READER: zip(photos.paths, scores, strict=True)})
    if not args.captions:
        store(bundle, fit(rated, scenes), figures)
    print(json.dumps(figures))


CARD = """
## How described photos feel

`feeling.npz`: a multinomial logistic regression from embedding and emotions to the moods,
and a kernel ridge regression, with the scenes as its supports, to valence and arousal. They
learned from the 601 human captions of OASIS and, with a weight of 0.6, from the scenes. The
emotions of GoEmotions are read as before, and name the reason.

OASIS, human captions, theme-grouped five-fold; moods on the 306 photos with a proposed mood,
strong and weak. The first row is a plain logistic and ridge regression on the embeddings of
the captions alone, in the same run.

| | accuracy | macro-F1 | log loss | valence r | arousal r |
|---|---:|---:|---:|---:|---:|
{rows}

{matrix}

    python -m miso_desktop.training.caption_feeling --data DATA --bundle models_onnx/text_mood

Tried and left: the 7,000 romantic captions of FlickrStyle10k as examples of romantic; they
lowered the macro-F1 by 0.03 to 0.06, for their romance is in the slogan, not in the photo.
"""


if __name__ == "__main__":
    main()
