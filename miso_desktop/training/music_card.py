"""The card of the music tagger's bundle, written from what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from miso_desktop.moods import MOODS
from miso_desktop.music.ensemble import HEARD, UNHEARD
from miso_desktop.training import evaluation
from miso_desktop.training.music_ensemble import KERNEL_SHARES
from miso_desktop.training.music_figures import ABLATION_SEEDS

LICENCE = "GPL-3.0-or-later"
SOURCES = (
    "4Q audio emotion data set (Panda, Malheiro, Paiva 2018), for research; the excerpts "
    "themselves are not shipped",
    "musicnn 0.1.0 (the bundle music_network hears for the one ensemble; ISC)",
)

_CARD = """\
# music_mood

Tells which of five moods a track has ({moods}), and
where it lies on the plane of valence and arousal, from 107 features of its sound and, where
the audio network is installed, from 250 numbers that it heard.

| | |
|---|---|
| `heard.onnx`, `heard.npz` | with the audio network: `features` (n, 357) |
| `unheard.onnx`, `unheard.npz` | without it: `features` (n, 107) |
| input | 30 s, mono; `music/features.py` and `music/network.py` name the numbers |
| trees (`.onnx`) | gradient boosting, extra trees, random forest: soft vote; extra trees: plane |
| kernel (`.npz`) | kernel ridge regression; {share:.0%} of the vote, unheard {unheard_share:.0%} |
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
was mastered otherwise. *Strict* tracks are those for which two or more mood words agree.
*Plain* is a random forest with scikit-learn's defaults on the 54 spectral features, measured
in the same way.

What the families of features are worth: extra trees and the kernel, weighed likewise, {few}
seeds.

| learned from | accuracy | macro-F1 |
|---|---:|---:|
{ablation}
{cnn}
Quadrant of valence and arousal, from the signs of the two numbers, all 900 tracks:
{quadrants:.3f} with the audio network, {unheard_quadrants:.3f} without. The four quadrants are
equally frequent.

Log loss on held-out tracks: {raw:.3f} as the members vote, {sharp:.3f} after the
probabilities are raised to the power {sharpness:g}, which is fitted to the same held-out
votes and is part of the bundle.

Confusion of the vote, first seed:

{confusion}

## How it was made

Every track is brought to one level and given one noise floor 60 dB below it before anything
is measured, and every training track is shown three times: as it is, and twice remastered at
random (speed, equaliser, low-pass, compression, hiss, MP3 at a low bit rate). Features of
sound learn the collection they come from; this makes them learn it less. The kernel's targets
are softened by the words that listeners used, and it learns from the tracks without a mood
too.

The kernel's ridge and its part of the vote were chosen on folds of three other seeds, which
deal the same tracks: that flatters a little, by less than the spread, for all that was tried lay
within a point.

## Limits

- *dramatic* is the weakest mood (F1 {dramatic:.2f} over all seeds) and is mostly taken for
  aggressive; *romantic* ({romantic:.2f}) is taken for happy and for sad.
- The mood words of the data describe the whole song, the clip is 30 s of it. Lyrics are not
  heard. Western popular music from commercial recordings prevails.
- The network may have met some of these songs in its own training, without their moods.
- Moods are what listeners say of a song, not facts. In the window a person's correction goes
  before this model's word.
"""

_ROWS = (
    ("vote", "**vote**"),
    ("trees", "the trees alone"),
    ("kernel", "the kernel alone"),
    ("gradient boosting", "gradient boosting alone"),
    ("extra trees", "extra trees alone"),
    ("random forest", "random forest alone"),
    ("strict", "vote, strict tracks"),
    ("vote, stranger", "vote, another mastering"),
    ("unheard: vote", "**vote without the audio network**"),
    ("unheard: trees", "the trees alone, without it"),
    ("unheard: kernel", "the kernel alone, without it"),
    ("unheard: strict", "vote without it, strict tracks"),
    ("unheard: vote, stranger", "vote without it, another mastering"),
    ("baseline", "plain"),
    ("baseline, stranger", "plain, another mastering"),
)
_CNN = """
A small convolutional network on mel spectrograms, taught on the same tracks from nothing
(`miso_desktop.training.music_cnn`, one seed), as the original report had one:
accuracy {accuracy:.3f}, macro-F1 {macro_f1:.3f}.
"""
_LINE = "| {} | {accuracy:.3f} ± {accuracy_sd:.3f} | {macro_f1:.3f} ± {macro_f1_sd:.3f} |"


def card(figures: Mapping[str, Any]) -> str:
    """Write the card.

    Parameters
    ----------
    figures : mapping
        From :func:`miso_desktop.training.music_figures.figures`, with the ablation.
    """
    names = [mood.value for mood in MOODS]
    return _CARD.format(
        moods=", ".join(names),
        licence=LICENCE,
        sources="; ".join(SOURCES),
        tracks=figures["tracks"],
        seeds=figures["seeds"],
        rows="\n".join(_LINE.format(title, **figures[key]) for key, title in _ROWS),
        share=KERNEL_SHARES[HEARD],
        unheard_share=KERNEL_SHARES[UNHEARD],
        few=len(ABLATION_SEEDS),
        ablation="\n".join(
            _LINE.format(name, **found) for name, found in figures["ablation"].items()
        ),
        cnn=_CNN.format(**figures["cnn"]) if "cnn" in figures else "",
        dramatic=figures["f1"]["dramatic"],
        romantic=figures["f1"]["romantic"],
        quadrants=figures["quadrant_accuracy"][HEARD],
        unheard_quadrants=figures["quadrant_accuracy"][UNHEARD],
        raw=figures["log_loss"]["as voted"],
        sharp=figures["log_loss"]["sharpened"],
        sharpness=figures["sharpness"][HEARD],
        confusion=evaluation.markdown(np.array(figures["confusion"]), names),
    )
