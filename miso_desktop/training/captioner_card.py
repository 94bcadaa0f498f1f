"""The compact captioner's CARD.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from miso_desktop.training.captioner_evaluation import Judged


def card(judged: Mapping[str, Judged], sources: Sequence[str], megabytes: float) -> str:
    """What it is, how it was made, how good it is, where its world ends."""
    rows = "\n".join(
        f"| {name} | {found.coco:.3f} | {found.flickr:.3f} | {found.distinct} |"
        for name, found in judged.items()
    )
    shipped = list(judged.values())[-1]
    return CARD.format(
        rows=rows,
        megabytes=megabytes,
        milliseconds=round(1000 * (shipped.seconds or 0)),
        sources="\n".join(f"- {source}" for source in sources),
    )


CARD = """# captioner: a photo in a plain sentence

A small model with a small world. It writes its own sentences, about what everyday photos
mostly show: people, dogs, sport, streets, water, food, rooms. It miscounts, it guesses
colours, it takes the unknown for the known, it cannot read, and it knows nobody. Where
exact words matter, install BLIP in its place.

- `vision.onnx`: EfficientNet-Lite2 at 260 px, unchanged, which looks at the photo and at its
  mirror image; a *gist*, the sentence embedding that the photo's captions would have (kernel
  ridge regression); and the keys and values of both for the decoder. Large weights in 16 bits.
- `decoder.onnx`: a transformer of 4 layers, 256 wide, 6,000 word pieces; weights in 8 bits. It
  reads both sides and takes the words that both find likely.
- Beam search with 8 beams; of 16 finished sentences the one that they agree on is taken.
  {megabytes} MB, {milliseconds} ms of processor time a photo.

Made by

    python -m miso_desktop.training.captioner --data DATA --work WORK --out models_onnx/captioner

`DATA` holds `photos/` and `captions/plain.txt.gz`; seeded; about an hour and a half on two
cores.

## How it was learned

From 7,233 photos with their captions, and from about 190,000 captions without photos. A
sentence without a photo stands for one: its own embedding, blurred as the regression blurs a
photo's (a linear shrinkage, and an error that the regression made on some photo). First the
next word is guessed (3,800 steps); then whole sentences are drawn by lot and those are made
likelier that CIDEr-D prefers (self-critical training, 400 steps). That makes captions right and
all alike; the weights that ship are the mean of those before and after. The first part of the
weights that ship was interrupted after 2,000 and 3,200 steps, and went on without the
optimiser's memory of the steps before.

## Figures

CIDEr-D on photos kept out of everything that is fitted, with their captions: 80 of COCO (no
COCO photo was learned from, only COCO captions of other photos) and 500 of Flickr8k by lot.
The last column: how many of the 80 captions differ.

| | COCO | Flickr | distinct |
|---|---:|---:|---:|
{rows}

The encoder, the sentence embeddings and the sizes were chosen before. The kernel's width and
ridge (by the cosine), the shares of the two states, that the mirror image is asked too and how
many sentences are compared were chosen while looking at these photos; that flatters a little.

What did not make the captions better on these photos, beside one network and one encoder with the
same decoding (COCO and Flickr): a second encoder, EfficientNet-Lite1, whose features the
regression sees as well, brings the gist nearer to the truth (cosine on Flickr 0.676 from 0.668) and
leaves the captions where they were (0.653 and 0.647, from 0.636 and 0.647); two cuts of the photo
besides, 0.633 and 0.643; a second network of another seed that writes along, 0.587 and 0.657, from
0.638 and 0.656.

## Limits

- Photos of other things than the training photos' are described as if they were of those.
- English only. Gender, age and what people do are guesses from clothes and surroundings, as
  in the captions it learned from, and can be wrong or unfair.
- 80 photos are few: figures on COCO move by about 0.05 from one sample to the next.

## Licence and sources

Ours: GPL-3.0-or-later. The encoder: Apache-2.0.

{sources}

No photo and no caption is contained in the bundle. The regression keeps 384 numbers for each
photo that it learned from, far too few to restore one.
"""
