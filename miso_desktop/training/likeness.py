r"""Give a text bundle its table of scenes, for the likeness reader.

Run it with::

    python -m miso_desktop.training.likeness --data DATA --bundle models_onnx/text_mood \
        [--votes WORK/likeness.jsonl] [--captions WORK/own-captions.csv]

The bundle's network must have an output ``embedding``: the vector of the sentence, of
length 1. The scenes of ``catalog/mood_scenes.csv`` are embedded with it, as shipped. What
is tuned (how many scenes count, two temperatures, a straight line each for valence and
arousal) is tuned on the human captions of OASIS. The figures are theme-grouped and out of
fold, tuning included. ``--votes`` writes the votes of that kind as lines of JSON, which the
training of the panel's head reads. With ``--captions`` (``file``, ``caption``: a captioner's
words for the same photos) nothing is learned, and the votes are on those.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from miso_desktop import bundles, paths
from miso_desktop.errors import BundleError
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.photos.caption_mood import CaptionMood
from miso_desktop.photos.likeness import (
    LEAST,
    READER,
    Tuning,
    calibrated,
    grouped,
    moods_of,
    placed,
)
from miso_desktop.photos.mood_scenes import PLAIN, TABLE, Scenes
from miso_desktop.training import evaluation
from miso_desktop.training.photo_data import RatedPhotos, read_rated, read_words
from miso_desktop.training.votes import scores_of, write_votes

Floats = NDArray[np.float64]

SCENES = "mood_scenes.csv"
FOLDS = 5
NEAREST = (1, 2, 3, 4, 6)
TEMPERATURES = (0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.13)
PLANE_TEMPERATURES = (0.03, 0.04, 0.05, 0.06, 0.08, 0.1)


@dataclass(frozen=True)
class Lesson:
    """Rated captions beside the scenes.

    Attributes
    ----------
    near : numpy.ndarray, shape (n, scenes)
        Cosines.
    feeling : numpy.ndarray, shape (n, 2)
        Rated valence and arousal in [-1, 1].
    moods : numpy.ndarray, shape (n,), int
        -1 where none is proposed.
    """

    near: Floats
    feeling: Floats
    moods: NDArray[np.int64]

    def of(self, keep: NDArray[np.bool_]) -> Lesson:
        """Some of the captions."""
        return Lesson(self.near[keep], self.feeling[keep], self.moods[keep])


def read_scenes(table: Path) -> Scenes:
    """Read the descriptions; they have no vectors yet."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [mood.value for mood in MOODS]
    return Scenes(
        tuple(row["text"] for row in rows),
        np.array([names.index(row["mood"]) if row["mood"] else PLAIN for row in rows]),
        np.array([[float(row["valence"]), float(row["arousal"])] for row in rows], np.float32),
        np.zeros((len(rows), 0), np.float32),
    )


def embed(reader: CaptionMood, texts: Sequence[str]) -> NDArray[np.float32]:
    """Sentence vectors by the bundle's own network, shape (n, d).

    Raises
    ------
    BundleError
        If its network gives none.
    """
    found = []
    for text in texts:
        vector = reader.emotions_of(text).embedding
        if vector is None:
            raise reader.bundle.damaged("model.onnx has no output embedding")
        found.append(vector)
    return np.stack(found)


def tune(lesson: Lesson, scenes: Scenes) -> Tuning:
    """Choose by the likelihood of the moods, and the squared error of valence and arousal."""
    known = lesson.of(lesson.moods >= 0)
    start = Tuning(1, 1.0, 1.0, np.ones(2), np.zeros(2))

    def surprise(tuning: Tuning) -> float:
        chances = moods_of(grouped(known.near, scenes.groups, tuning))
        return -float(np.log(chances[np.arange(len(known.moods)), known.moods]).mean())

    def drawn(temperature: float) -> tuple[float, Tuning]:
        tuning = replace(start, plane_temperature=temperature)
        places = placed(lesson.near, scenes.plane, tuning)
        lines = [np.polyfit(places[:, i], lesson.feeling[:, i], 1) for i in (0, 1)]
        tuning = replace(
            tuning,
            slope=np.array([line[0] for line in lines]),
            offset=np.array([line[1] for line in lines]),
        )
        return float(((calibrated(places, tuning) - lesson.feeling) ** 2).sum()), tuning

    moods = min(
        (
            replace(start, nearest=nearest, temperature=temperature)
            for nearest, temperature in product(NEAREST, TEMPERATURES)
        ),
        key=surprise,
    )
    _, plane = min((drawn(t) for t in PLANE_TEMPERATURES), key=lambda pair: pair[0])
    return replace(plane, nearest=moods.nearest, temperature=moods.temperature)


def out_of_fold(
    lesson: Lesson, asked: Lesson, scenes: Scenes, themes: Sequence[str]
) -> evaluation.Told:
    """Moods (n, 5) and places (n, 2), each by a tuning that never saw the photo's theme.

    ``asked`` are the rated captions themselves, or other words for the same photos.
    """

    def tell(learn: evaluation.Marks, test: evaluation.Marks) -> evaluation.Told:
        tuning, near = tune(lesson.of(learn), scenes), asked.near[test]
        places = calibrated(placed(near, scenes.plane, tuning), tuning)
        return moods_of(grouped(near, scenes.groups, tuning)), places

    return evaluation.out_of_fold(evaluation.theme_folds(themes, FOLDS), tell)


def figures_of(lesson: Lesson, told: evaluation.Told) -> dict[str, Any]:
    """What the card prints."""
    return {
        "captions": len(lesson.moods),
        "labelled": int((lesson.moods >= 0).sum()),
        "silent": int((lesson.near.max(1) < LEAST).sum()),
        **evaluation.figures(*told, lesson.moods, lesson.feeling),
    }


def voted(
    photos: RatedPhotos, lesson: Lesson, told: evaluation.Told
) -> Iterator[tuple[Path, MoodScores]]:
    """The photos on whose captions the reader votes."""
    for photo, near, scores in zip(photos.paths, lesson.near, scores_of(*told), strict=True):
        if near.max() >= LEAST:
            yield photo, scores


def store(bundle: bundles.Bundle, scenes: Scenes, tuning: Tuning, figures: dict[str, Any]) -> None:
    """Write the table into the bundle, and what belongs to it into manifest and card."""
    np.savez_compressed(
        bundle.folder / TABLE,
        texts=np.array(scenes.texts),
        groups=scenes.groups.astype(np.int8),
        plane=scenes.plane.astype(np.float16),
        # Only the directions count: the reader brings them back to length 1.
        vectors=np.round(scenes.vectors / abs(scenes.vectors).max(1, keepdims=True) * 127).astype(
            np.int8
        ),
    )
    tuned = {
        "nearest": tuning.nearest,
        "temperature": tuning.temperature,
        "plane_temperature": tuning.plane_temperature,
        "slope": np.round(tuning.slope, 4).tolist(),
        "offset": np.round(tuning.offset, 4).tolist(),
    }
    bundles.rewrite_manifest(bundle, {"likeness": tuned}, {"likeness": figures})
    add_section(bundle, card_of(scenes, tuning, figures))


def add_section(bundle: bundles.Bundle, section: str) -> None:
    """Write a further section into a bundle's card."""
    card = bundle.folder / bundles.CARD
    written = card.read_text(encoding="utf-8") if card.is_file() else f"# {bundle.name}\n"
    card.write_text(with_section(written, section), encoding="utf-8")


def with_section(card: str, section: str) -> str:
    """A card with a further section, before the sources; an old one of that title is replaced."""
    section = section.strip()
    title = re.escape(section.partition("\n")[0])
    rest = re.sub(rf"\n{title}\n.*?(?=\n## |\Z)", "", card, flags=re.DOTALL)
    before, sources, after = rest.partition("\n## Sources")
    return f"{before.rstrip()}\n\n{section}\n{sources}{after}"


def card_of(scenes: Scenes, tuning: Tuning, figures: dict[str, Any]) -> str:
    """The section of the bundle's CARD.md."""
    matrix = evaluation.mood_table(figures)
    return CARD.format(
        count=len(scenes.texts),
        plain=int((scenes.groups == PLAIN).sum()),
        nearest=tuning.nearest,
        matrix=matrix,
        least=LEAST,
        **{name: value for name, value in figures.items() if name != "confusion"},
    )


def teach(
    bundle: bundles.Bundle, scenes: Scenes, photos: RatedPhotos, votes: Path | None = None
) -> dict[str, Any]:
    """Embed the scenes, tune, measure, and write the table into the bundle.

    Returns
    -------
    dict
        The figures.

    Raises
    ------
    BundleError
        If the bundle's network gives no embedding.
    """
    reader = CaptionMood(bundle)
    scenes = replace(scenes, vectors=embed(reader, scenes.texts))
    near = (embed(reader, photos.captions) @ scenes.vectors.T).astype(np.float64)
    lesson = Lesson(near, photos.feeling, photos.moods)
    told = out_of_fold(lesson, lesson, scenes, photos.themes)
    if votes is not None:
        write_votes(votes, {READER: voted(photos, lesson, told)})
    figures = figures_of(lesson, told)
    store(bundle, scenes, tune(lesson, scenes), figures)
    return figures


def vote(bundle: bundles.Bundle, photos: RatedPhotos, words: Sequence[str], votes: Path) -> None:
    """Write the votes on other words for the rated photos; the bundle has its table already."""
    reader = CaptionMood(bundle)
    scenes = reader.scenes
    rated, asked = (
        Lesson(
            (embed(reader, texts) @ scenes.vectors.T).astype(np.float64),
            photos.feeling,
            photos.moods,
        )
        for texts in (photos.captions, words)
    )
    told = out_of_fold(rated, asked, scenes, photos.themes)
    write_votes(votes, {READER: voted(photos, asked, told)})


def main() -> None:
    """Give a bundle its table, or let it vote on a captioner's words."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/oasis")
    parser.add_argument("--bundle", type=Path, required=True, help="folder of the text bundle")
    parser.add_argument("--votes", type=Path, help="write the out-of-fold votes here")
    parser.add_argument("--captions", type=Path, help="vote on a captioner's words instead")
    args = parser.parse_args()
    photos = read_rated(args.data / "photos")
    try:
        bundle = bundles.load(args.bundle)
        if args.captions:
            vote(bundle, photos, read_words(args.captions, photos), args.votes)
            return
        figures = teach(bundle, read_scenes(paths.catalog(SCENES)), photos, args.votes)
    except BundleError as error:
        raise SystemExit(str(error)) from error
    print(json.dumps(figures))


CARD = """
## Likeness

The second output, `embedding`, is the vector of the sentence (length 1). `likeness.npz`
holds {count} scenes in words, {plain} of them without a mood, each with its valence, its
arousal and its vector. A mood is as likely as its {nearest} nearest scenes are near; what
is near to plain scenes has no clear mood; valence and arousal are the scenes' own, weighted
by likeness. Below a cosine of {least} the reader is silent.

OASIS, human captions ({labelled} with a proposed mood for the moods, all {captions} for
valence and arousal), theme-grouped five-fold, the tuning included: accuracy {accuracy:.3f},
macro-F1 {macro_f1:.3f}, log loss {log_loss:.3f}, valence r {valence_r:.3f}, arousal r
{arousal_r:.3f}; silent on {silent}.

{matrix}

    python -m miso_desktop.training.likeness --data DATA --bundle models_onnx/text_mood \\
        --votes WORK/likeness.jsonl

The scenes were written for this reader (`catalog/mood_scenes.csv`), by someone who knew
which kinds of scenes such picture sets hold; no caption of anybody was copied. 183 were
written first; 1,061 were added after the figures of those were known, and 54 plain ones
(cats on beds, buses in streets) after it was seen what the captioner says; none was changed.
Valence and arousal of a scene are a judgement, brought to the scale of the ratings by one
straight line each.
"""


if __name__ == "__main__":
    main()
