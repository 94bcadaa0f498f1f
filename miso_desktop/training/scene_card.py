"""The scene bundle's card: what it is, how good it is, what it saw, where it fails."""

from __future__ import annotations

from typing import Any

from miso_desktop.training import evaluation

_CARD = """# Scene reader and light reader

How a photo as a whole feels: five moods (happy, romantic, sad, aggressive, dramatic),
valence and arousal, and what it shows.

- `scene.onnx`: EfficientNet-Lite2 at 260 px, unchanged, and a head on its pooled features.
  Input `pixels` (views, 3, 260, 260), `(x - 127) / 128`; outputs `moods` (5), `feeling`
  (valence, arousal in [-1, 1]), `classes` (1000, ImageNet). Large weights are stored in 16
  bits and computed with in 32. {size:.1f} MB with the rest of the bundle.
- `classes.json`: English names of the ImageNet classes.
- `light.json`: weights of the light reader, on 13 measures of brightness and colour.

Made by

    python -m miso_desktop.training.scene --data DATA --work WORK --out models_onnx/scene \\
        --names torchvision-*.whl --captioned {captioned} --repeats {repeats}

## How it was learned

The photo's features (mean and deviation over the picture of four stages and the head; mean
of two views: the whole photo squeezed, and its middle square) are standardised and projected
on 128 directions. Valence and arousal: kernel ridge regression. Moods: multinomial logistic
regression in which every mood weighs the same. Both learn from the 601 rated photos of OASIS
and, with less weight, from {captioned} captioned photos whose feeling a text model read from
their human captions; that text model was itself fitted to the human captions of the OASIS
photos of the training folds, and to scenes in words (`catalog/mood_scenes.csv`, each with a
feeling by judgement). In cross-validation everything but the encoder is fitted anew in every
fold. The temperature of the softmax ({temperature:.2f}) is one number, chosen
on the out-of-fold predictions; it changes no decision.

## Figures

Five folds over OASIS, grouped by theme; predictions pooled over the folds. Valence and
arousal: Pearson's r over all 601 photos. Moods: the 306 photos with a proposed mood, strong
and weak. Baseline: pooled head features of one view at 260 px, support vector regression and
logistic regression with balanced classes, else as scikit-learn sets them; the same folds, the
same run.

| | macro-F1 | accuracy | valence r | arousal r | log loss | calibration error |
|---|---:|---:|---:|---:|---:|---:|
{rows}

Over {repeats} other random deals of the themes (mean ± standard deviation):

| | macro-F1 | accuracy | valence r | arousal r |
|---|---:|---:|---:|---:|
{repeated}

Which themes fall into which fold moves macro-F1 by several points, because a mood has few
themes (romantic: six, most of them weddings and flowers). Believe the second table.

Scene reader, out of fold:

{confusion}

Baseline:

{plain_confusion}

Light reader:

{light_confusion}

## Limits

- The moods of OASIS are proposals made from a photo's theme and its valence, not what a
  person said it feels like. Only valence and arousal are human ratings (means of about a
  hundred, in the USA in 2015 and 2016).
- The photos are 400 x 320 and of everyday themes; art, screenshots, drawings and scans were
  not seen. A face counts as part of the picture: expressions are not read.
- Romantic and aggressive have few examples and few themes. Happy and dramatic are taken for
  one another most often: a cliff is a fine view and a danger.
- Layers, number of directions and the weight of the captioned photos were chosen while looking
  at figures of this kind, so they flatter a little. Photos from elsewhere will do worse.
- ImageNet's classes know dogs and tools better than people; the named things are guesses.
- The light reader is little better than chance on the moods and is meant as a small hint.

## Licence and sources

The head: GPL-3.0-or-later. The encoder: Apache-2.0. The class names: BSD-3-Clause, Copyright (c)
Soumith Chintala 2016.

{sources}

None of the photos or captions is contained in the bundle. The head keeps, as its supports,
128 numbers for each photo that it learned from, far too few to restore one.
"""


def card(
    figures: dict[str, Any],
    sources: list[str],
    *,
    captioned: int,
    temperature: float,
    size: float,
    repeats: int,
) -> str:
    """Fill the card, in Markdown."""
    kinds = ("baseline", "scene", "light")
    columns = ("macro_f1", "accuracy", "valence_r", "arousal_r")
    both = (*columns, "log_loss", "calibration_error")
    tables = {kind: evaluation.mood_table(figures[kind]) for kind in kinds}
    spread = figures.get("repeats", {})
    return _CARD.format(
        size=size,
        captioned=captioned,
        temperature=temperature,
        repeats=repeats,
        rows="\n".join(
            f"| {kind} | {' | '.join(f'{figures[kind][c]:.3f}' for c in both)} |" for kind in kinds
        ),
        repeated="\n".join(
            f"| {kind} | {' | '.join(spread[kind][c] for c in columns)} |"
            for kind in kinds
            if kind in spread
        ),
        confusion=tables["scene"],
        plain_confusion=tables["baseline"],
        light_confusion=tables["light"],
        sources="\n".join(f"- {source}" for source in sources),
    )
