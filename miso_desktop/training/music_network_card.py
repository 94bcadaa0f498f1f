"""The audio network's card: what it is, how good it is, where it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_CARD = """# Audio network

What a tagger that was taught on 200,000 songs hears in a track: 50 tags of last.fm (genres,
moods, decades, voices), and what it knows before it puts that into words. Other models
learn moods from it; by itself it names none.

- `network.onnx`: musicnn (Pons and Serra 2019). Input `mel` (n, 187, 96), log-mel
  spectrograms of three seconds (`miso_desktop/music/mel.py`). Outputs `embedding`
  (n, {channels}): of each channel its maximum over the three seconds, then of each its mean;
  `dense` (n, 200), the last hidden layer; `tags` (n, 50), probabilities that do not exclude
  one another.

{size:.1f} MB. Version {version}.

## Where it comes from

{sources}

Nothing was learned here: the stored weights were rebuilt as an ONNX graph by

    pip download --no-deps musicnn==0.1.0
    python -m miso_desktop.training.music_network --package WHEEL --out models_onnx/music_network \\
        --data DATA

Of the {total} filters of its first layer {alive} answer; weight decay drove the others to
nothing. They are left out, and so are the channels of the embedding that are the same
for every sound (the package gives 1506). On the demo's songs the graph differs from a plain
computation with all stored weights by {tags_apart:.0e} in a tag's probability, and by
{dense_apart:.0e} and {embedding_apart:.0e} of the largest value in hidden layer and embedding.

`LICENSES.txt` holds the package's licence (ISC), with which its authors publish the
weights. The recordings that they were learned from (previews of the Million Song Dataset)
and the tags are not free and not part of it.

## Figures

Extra trees that learn five moods from what it hears. {tracks} tracks with a mood, five-fold
cross-validation in which no artist is in two folds, mean of {seeds} seeds.

| learned from | accuracy | macro-F1 | accuracy, strict |
|---|---:|---:|---:|
{trees}

The spread over the seeds is about {accuracy_sd:.3f}. *Strict* tracks are those for which two
or more mood words agree.

The tags that tell a mood's tracks from the others best:

{tags}

Processor time for 30 s of sound, one thread, median: {resampling:.0f} ms to 16 kHz,
{spectrogram:.0f} ms for the spectrogram, {network:.0f} ms in the network.

## Where it fails

- Its tags are habits of last.fm's listeners up to about 2010: pop and rock of the West above
  all. None names classical music, music of the stage or any language, and for such music it
  takes what is nearest. How it hears Korean music was not measured.
- Three seconds tell nothing of form: it does not hear a rise that takes a minute.
- A tag's probability follows how often last.fm's listeners use it: "rock" is often likely;
  "sad" tells sad tracks best of all tags and is still below 0.05 for every labelled clip.
  Compare tracks with one another, not tags.
- It hears nothing above 8 kHz, and it hears how loud a track is: trees that learned at one
  level were one or two points worse on tracks that were 6 dB louder or 8 dB quieter. MISO
  brings every track to one level before; the figures above are of the clips as they are.
- What it knows of the Million Song Dataset may include some of the tracks of the figures;
  their lists cannot be compared here.
"""


def card(
    figures: Mapping[str, Any],
    *,
    sources: Sequence[str],
    version: str,
    size: float,
    channels: int,
) -> str:
    """Fill the card.

    Parameters
    ----------
    figures : mapping
        As the training command prints them.
    sources : sequence of str
        Packages and their licences.
    version : str
        Of the bundle.
    size : float
        Of the bundle, in megabytes.
    channels : int
        Of the embedding.
    """
    alive, total = figures["filters"]
    return _CARD.format(
        size=size,
        version=version,
        channels=channels,
        sources="\n".join(f"- {source}" for source in sources),
        alive=alive,
        total=total,
        **{f"{name}_apart": gap for name, gap in figures["apart"].items()},
        tracks=figures["tracks"],
        seeds=figures["seeds"],
        trees="\n".join(
            f"| {name} | {row['accuracy']:.3f} | {row['macro_f1']:.3f} | {row['strict']:.3f} |"
            for name, row in figures["trees"].items()
        ),
        accuracy_sd=max(row["accuracy_sd"] for row in figures["trees"].values()),
        tags="\n".join(f"- {mood}: {', '.join(names)}" for mood, names in figures["tags"].items()),
        **figures["cpu_ms"],
    )
