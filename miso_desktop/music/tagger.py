"""From a music file to its mood."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from miso_desktop import bundles
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.music import decode, features
from miso_desktop.music.ensemble import BUNDLE, Ensemble
from miso_desktop.music.network import BUNDLE as NETWORK
from miso_desktop.music.network import AudioNetwork
from miso_desktop.music.tags import read_tags
from miso_desktop.values import TrackAnalysis


def in_use() -> tuple[bundles.Bundle, ...]:
    """The bundles that tag a track: the moods', and the audio network's where it is sound.

    Raises
    ------
    BundleError
        If the bundle ``music_mood`` is missing or damaged.
    """
    moods = bundles.require(BUNDLE)
    # Where it is missing or damaged the features alone serve, and the doctor says why.
    network = bundles.open_first(NETWORK, lambda bundle: bundle).value
    return (moods,) if network is None else (moods, network)


class Tagger:
    """Tag music files with the five moods.

    One tagger serves any number of files, one at a time. Without the audio network the
    features decide alone; :attr:`used` tells.

    Raises
    ------
    BundleError
        If the bundle ``music_mood`` is missing or damaged.
    """

    def __init__(self) -> None:
        moods, *network = in_use()
        self.used = (moods.used, *(bundle.used for bundle in network))
        """Name and version of each bundle."""
        self._network = AudioNetwork(network[0]) if network else None
        self._ensemble = Ensemble(moods, network[0].used if network else None)

    def tag(self, path: Path) -> TrackAnalysis:
        """Decode, measure and judge one file, and read its tags.

        Parameters
        ----------
        path : Path
            Opened for reading only.

        Returns
        -------
        TrackAnalysis
            Silence gets even scores in the middle of the plane: there is nothing to judge.

        Raises
        ------
        FileMissing
            If there is no such file or it may not be read.
        UnreadableTrack
            If it holds no sound that can be decoded.
        """
        begin = time.perf_counter()
        sound = decode.read(path)
        if features.loudness(sound.samples) < features.SILENCE_RMS:
            scores = MoodScores.of([1.0] * len(MOODS), 0.0, 0.0)
        else:
            scores = self._ensemble.scores(describe(sound.samples, self._network))
        tags = read_tags(path)
        if not tags.duration_s:
            tags = replace(tags, duration_s=sound.track_s or sound.seconds)
        return TrackAnalysis(
            path=path,
            tags=tags,
            scores=scores,
            seconds=sound.seconds,
            ms=(time.perf_counter() - begin) * 1000,
            bundles=self.used,
        )


def describe(
    samples: NDArray[np.float32], network: AudioNetwork | None = None
) -> NDArray[np.float32]:
    """Everything that the ensemble reads of a track.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n,), float32
        Mono at 22.05 kHz, finite, not silent.
    network : AudioNetwork, optional
        Listens too.

    Returns
    -------
    numpy.ndarray, shape (107,) or, with a network, (357,), float32
    """
    measured = features.vector(samples)
    if network is None:
        return measured
    return np.concatenate((measured, network.listen_to_track(samples).vector))
