"""The card of an exported BERT."""

from __future__ import annotations

from typing import Any

from miso_desktop.export.emotion_labels import Labels
from miso_desktop.moods import MOODS

_CARD = """# {name}: a sentence to emotions

A BERT with {count} labels ({source}), as one ONNX graph. {how} {weights} {megabytes} MB.
It names the feeling in a caption in place of the shipped text model, whose embedding goes on
to serve what captions taught and the likeness reader: this bundle has none.

Made by `python -m miso_desktop.export.bert`, with optimum's exporter and quantiser.

| mood | labels |
|---|---|
{members}
{unknown}
## Agreement with the checkpoint

On {sentences} of the scenes in words that MISO ships, beside PyTorch. Kept: of the variance
over sentences in the log-odds of the moods, the share that is left when the error is taken
off. Named: F1 of the moods named.

| | largest difference of a probability | kept | named |
|---|---:|---:|---:|
{rows}

## What it makes of scenes

The softmax over the moods and the plane were learned from the {scenes} scenes; five-fold, out
of fold: {accuracy:.0%} of the moods right (chance is 20 %), macro-F1 {macro_f1:.2f}; valence
r {valence_r:.2f}, arousal r {arousal_r:.2f}. The scenes were written, and their moods judged,
for MISO. An emotion is named from a probability of 0.3 on.

What it learned from, what it cannot do, and its licence are the checkpoint's matter.
"""

_HOW = {
    False: "Each label has a probability of its own; a mood is the maximum of its labels.",
    True: "The labels share one probability; a mood is the maximum of its labels.",
}


def card(facts: dict[str, str], labels: Labels, figures: dict[str, Any]) -> str:
    """The text of ``CARD.md``."""
    rows = [
        f"| {kind} | {found['worst']:.5f} | {found['kept']:.1%} | {found['named']:.1%} |"
        for kind in ("fp32", "int8")
        if (found := figures.get(kind))
    ]
    eight = "Weights in 8 bits, dynamic quantisation with a scale for each column."
    unknown = ", ".join(labels.unknown)
    scenes = dict(figures["scenes"])
    return _CARD.format(
        **facts,
        count=len(labels.names),
        how=_HOW[labels.exclusive],
        weights=eight if "int8" in figures else "Weights in 32 bits.",
        megabytes=figures["megabytes"],
        members="\n".join(f"| {mood} | {', '.join(labels.members[mood])} |" for mood in MOODS),
        unknown=f"\nPassed over, for GoEmotions has no such labels: {unknown}.\n"
        if unknown
        else "",
        sentences=figures["sentences"],
        rows="\n".join(rows),
        scenes=scenes.pop("count"),
        **scenes,
    )
