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


def in_use() -> tuple[tuple[str, str], ...]:
    """Name and version of the bundles that tag a track.

    Raises
    ------
    BundleError
        If the bundle ``music_mood`` is missing or damaged.
    """
    return _names(bundles.require(BUNDLE), network_in_use())


def network_in_use() -> AudioNetwork | None:
    """The audio network.

    Where it is missing or damaged the features alone serve, and the doctor says why.
    """
    return bundles.open_first(NETWORK, AudioNetwork).value


def _names(moods: bundles.Bundle, network: AudioNetwork | None) -> tuple[tuple[str, str], ...]:
    return (moods.used,) if network is None else (moods.used, network.used)


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
        moods = bundles.require(BUNDLE)
        self._network = network_in_use()
        self._ensemble = Ensemble(moods, self._network.used if self._network else None)
        self.used = _names(moods, self._network)
        """Name and version of each bundle."""

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
