"""The card of the music tagger's bundle, written from what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from miso_desktop.moods import MOODS
from miso_desktop.training import evaluation

LICENCE = "GPL-3.0-or-later"
SOURCES = (
    "4Q audio emotion data set (Panda, Malheiro, Paiva 2018), for research; the excerpts "
    "themselves are not shipped",
)

_CARD = """\
# music_mood

Tells which of five moods a track has ({moods}), and
where it lies on the plane of valence and arousal, from 94 features of its sound.

| | |
|---|---|
| file | `ensemble.onnx`: `features` (n, 94) to `probabilities` (n, 5) and `plane` (n, 2) |
| input | 30 s, mono, 22.05 kHz; `miso_desktop/music/features.py` names the features |
| members | gradient boosting, extra trees, random forest: soft vote; extra trees: plane |
| licence of the weights | {licence} |
| trained on | {sources} |

Made with

    python -m miso_desktop.training.music_mood --data DATA --out models_onnx/music_mood

where `DATA/music` holds `labels.csv` and the clips.

## Figures

{tracks} tracks with a mood, five-fold cross-validation in which no artist is in two folds,
mean and standard deviation over {seeds} seeds.

| model | accuracy | macro-F1 |
|---|---:|---:|
{rows}

*Another mastering* means that the held-out tracks are heard through shelving equalisers and
a clipper that no model was trained with: what is left of the figure on a collection that
was mastered otherwise. *Plain* is a random forest with scikit-learn's defaults on the 54
spectral features, measured in the same way.

Quadrant of valence and arousal, from the signs of the two numbers, all 900 tracks:
{quadrants:.3f}. The four quadrants are equally frequent.

Log loss on held-out tracks: {raw:.3f} as the members vote, {sharp:.3f} after the
probabilities are raised to the power {sharpness:g}, which is fitted to the same held-out
votes and is part of the bundle.

Confusion of the vote, first seed:

{confusion}

## How it was made

Every track is brought to one level and given one noise floor 60 dB below it before anything
is measured, and every training track is shown three times: as it is, and twice remastered at
random (equaliser, low-pass, compression, hiss). Features of sound learn the collection they
come from; this makes them learn it less.

## Limits

- *dramatic* is the weakest mood (F1 {dramatic:.2f} over all seeds) and is mostly taken for
  aggressive; *romantic* ({romantic:.2f}) is taken for happy and for sad.
- The mood words of the data describe the whole song, the clip is 30 s of it. Lyrics are not
  heard. Western popular music from commercial recordings prevails.
- Moods are what listeners say of a song, not facts. In the window a person's correction goes
  before this model's word.
"""

_ROWS = (
    ("vote", "**vote**"),
    ("gradient boosting", "gradient boosting alone"),
    ("extra trees", "extra trees alone"),
    ("random forest", "random forest alone"),
    ("strict", "vote, tracks where two or more mood words agree"),
    ("baseline", "plain"),
    ("vote, stranger", "vote, another mastering"),
    ("baseline, stranger", "plain, another mastering"),
)


def card(figures: Mapping[str, Any]) -> str:
    """Write the card.

    Parameters
    ----------
    figures : mapping
        From :func:`miso_desktop.training.music_mood.figures`.
    """
    names = [mood.value for mood in MOODS]
    rows = [
        "| {} | {accuracy:.3f} ± {accuracy_sd:.3f} | {macro_f1:.3f} ± {macro_f1_sd:.3f} |".format(
            title, **figures[key]
        )
        for key, title in _ROWS
    ]
    return _CARD.format(
        moods=", ".join(names),
        licence=LICENCE,
        sources="; ".join(SOURCES),
        tracks=figures["tracks"],
        seeds=figures["seeds"],
        rows="\n".join(rows),
        dramatic=figures["f1"]["dramatic"],
        romantic=figures["f1"]["romantic"],
        quadrants=figures["quadrant_accuracy"],
        raw=figures["log_loss"]["as voted"],
        sharp=figures["log_loss"]["sharpened"],
        sharpness=figures["sharpness"],
        confusion=evaluation.mood_table(figures),
    )
