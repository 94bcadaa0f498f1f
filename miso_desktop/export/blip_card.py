"""The card of an exported BLIP."""

from __future__ import annotations

from typing import Any

_CARD = """# {name}: a photo to a sentence

BLIP for captioning ({source}), as two ONNX graphs for {size} px: `vision.onnx` computes the
cross-attention keys and values of every layer of the decoder, once a photo; `decoder.onnx`
reads tokens with a cache. {weights} {megabytes} MB.

Made by `python -m miso_desktop.export.blip`. Position embeddings learned at another size are
interpolated bicubically. Preprocessing and tokenizer are those of the checkpoint.

## Agreement with the checkpoint

Greedy captions of {photos} photos ({distinct} of them distinct), beside those of PyTorch at
the same size. Words: F1 of the words of one caption in the other.

| | equal captions | words |
|---|---:|---:|
{rows}

How good the captions are is the checkpoint's matter: BLIP learned from pictures and texts of
the web, and describes what is common there. It names people's looks and trades by prejudice,
reads no text, and invents what it cannot see.

Licence of BLIP's code and weights: BSD-3-Clause, Salesforce, Inc.
"""


def card(facts: dict[str, Any], figures: dict[str, Any]) -> str:
    """The text of ``CARD.md``."""
    kinds = [kind for kind in ("fp32", "int8") if kind in figures]
    rows = [
        f"| {kind} | {figures[kind]['same']:.0%} | {figures[kind]['words']:.0%} |" for kind in kinds
    ]
    eight = "Weights in 8 bits, dynamic quantisation with a scale for each column."
    if left := figures.get("in_32_bits"):
        eight += " In 32 bits, for what 8 did to the captions: " + ", ".join(left) + "."
    return _CARD.format(
        **facts,
        weights=eight if "int8" in figures else "Weights in 32 bits.",
        megabytes=figures["megabytes"],
        photos=figures["photos"],
        distinct=figures["distinct_captions"],
        rows="\n".join(rows),
    )
