"""The audio network: what a tagger taught on 200,000 songs hears in a track.

It was taught to guess what listeners of last.fm call a song, and hears three seconds at a
time. Its 50 tags are words that a person can read; its embedding, which is what it knows
before it puts that into words, is what other models learn from.

References
----------
Pons et al. (2018), End-to-end learning for music audio tagging at scale. Pons and Serra
(2019), musicnn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from miso_desktop.audio import resample
from miso_desktop.bundles import Bundle
from miso_desktop.music import features, mel, spectral

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = NDArray[np.float32]

BUNDLE = "music_network"
GRAPH = "network.onnx"
MEL, EMBEDDING, DENSE, TAGS = "mel", "embedding", "dense", "tags"
"""Input and outputs of the graph."""

LEVEL = 0.15
"""Root mean square that a track is brought to: it is heard alike however loud its file is,
and about as loud as the songs that the network was taught on."""

_LEAST = 1e-4
"""Probability of a tag that counts as none."""

_AT_ONCE = 4
"""Patches a call: more would be no quicker, and would take more memory."""


@dataclass(frozen=True, eq=False)
class AudioImpression:
    """What the network heard in a track, over its patches of three seconds.

    Attributes
    ----------
    embedding, spread : numpy.ndarray, shape (channels,), float32
        Mean and standard deviation of the pooled channels: for each its maximum in a patch,
        then for each its mean in a patch.
    dense : numpy.ndarray, shape (200,), float32
        Mean of the last hidden layer.
    tags : numpy.ndarray, shape (50,), float32
        Mean probability of each tag.
    names : tuple of str
        The tags, in their order.
    """

    embedding: Floats
    spread: Floats
    dense: Floats
    tags: Floats
    names: tuple[str, ...]

    @property
    def vector(self) -> Floats:
        """What moods are learned from, shape (250,): ``dense``, then the tags' log-odds."""
        chance = np.clip(self.tags, _LEAST, 1 - _LEAST)
        return np.concatenate((self.dense, np.log(chance / (1 - chance)))).astype(np.float32)

    def top_tags(self, k: int = 3) -> tuple[tuple[str, float], ...]:
        """The likeliest tags and their probabilities, the likeliest first."""
        best = np.argsort(-self.tags, kind="stable")[:k]
        return tuple((self.names[i], float(self.tags[i])) for i in best)


class AudioNetwork:
    """The network of a bundle; it is loaded when it first listens.

    Parameters
    ----------
    bundle : Bundle
        Verified; its parameters name the tags and the number of channels.

    Raises
    ------
    BundleError
        If its parameters are not those of such a network.
    """

    def __init__(self, bundle: Bundle) -> None:
        names, channels = bundle.parameters.get("tags"), bundle.parameters.get("channels")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise bundle.damaged("its tags have no names")
        if not isinstance(channels, int):
            raise bundle.damaged("its channels are not counted")
        self.used = bundle.used
        """Name and version of the bundle."""
        self.names: tuple[str, ...] = tuple(names)
        self.channels = channels
        self._bundle = bundle

    @cached_property
    def _session(self) -> InferenceSession:
        session = self._bundle.session(GRAPH)
        widths = {output.name: output.shape[-1] for output in session.get_outputs()}
        if widths.get(TAGS) != len(self.names) or widths.get(EMBEDDING) != self.channels:
            raise self._bundle.damaged(f"{GRAPH} gives {widths}")
        return session

    def listen_to_track(self, samples: Floats) -> AudioImpression:
        """Hear what is heard of a track.

        Parameters
        ----------
        samples : numpy.ndarray, shape (n,), float32
            See :func:`patches_of_track`.
        """
        return self.impression(patches_of_track(samples))

    def listen(self, samples: Floats) -> AudioImpression:
        """Hear a sound as it is.

        Parameters
        ----------
        samples : numpy.ndarray, shape (n,), float32
            Mono at 16 kHz (:data:`miso_desktop.music.mel.SAMPLE_RATE`), full scale [-1, 1];
            at least one sample. What :func:`miso_desktop.music.mel.patches` makes of it is
            heard.

        Raises
        ------
        BundleError
            If the network cannot be loaded, or is not the one that the manifest describes.
        """
        return self.impression(mel.patches(samples))

    def impression(self, patches: Floats) -> AudioImpression:
        """What the network hears in patches, summed up; for arguments see :meth:`hear`."""
        embedding, dense, tags = self.hear(patches)
        return AudioImpression(
            embedding=embedding.mean(axis=0),
            spread=embedding.std(axis=0),
            dense=dense.mean(axis=0),
            tags=tags.mean(axis=0),
            names=self.names,
        )

    def hear(self, patches: Floats) -> tuple[Floats, Floats, Floats]:
        """Run the network on patches: embeddings, last hidden layers and tags, a row each.

        Parameters
        ----------
        patches : numpy.ndarray, shape (n, 187, 96), float32
            From :func:`miso_desktop.music.mel.patches`; one or more.
        """
        outputs = [EMBEDDING, DENSE, TAGS]
        runs = [
            self._session.run(outputs, {MEL: patches[start : start + _AT_ONCE]})
            for start in range(0, len(patches), _AT_ONCE)
        ]
        embedding, dense, tags = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        return embedding, dense, tags


def patches_of_track(samples: Floats) -> Floats:
    """What the network hears at once of a track, brought to :data:`LEVEL`.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 22.05 kHz, finite; at least one sample.

    Returns
    -------
    numpy.ndarray, shape (parts, 187, 96), float32
        See :func:`miso_desktop.music.mel.patches`.
    """
    level = features.levelled(samples, LEVEL)
    return mel.patches(resample(level, spectral.SAMPLE_RATE, mel.SAMPLE_RATE))
