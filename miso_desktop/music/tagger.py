"""From a music file to its mood."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from miso_desktop import bundles
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.music import decode, features
from miso_desktop.music.ensemble import BUNDLE, Ensemble
from miso_desktop.music.tags import read_tags
from miso_desktop.values import TrackAnalysis


class Tagger:
    """Tag music files with the five moods.

    One tagger serves any number of files, one at a time.

    Raises
    ------
    BundleError
        If the bundle ``music_mood`` is missing or damaged.
    """

    def __init__(self) -> None:
        bundle = bundles.require(BUNDLE)
        self._used = bundle.used
        self._ensemble = Ensemble(bundle)

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
            scores = self._ensemble.scores(features.vector(features.describe(sound.samples)))
        tags = read_tags(path)
        if not tags.duration_s:
            tags = replace(tags, duration_s=sound.track_s or sound.seconds)
        return TrackAnalysis(
            path=path,
            tags=tags,
            scores=scores,
            seconds=sound.seconds,
            ms=(time.perf_counter() - begin) * 1000,
            bundles=(self._used,),
        )
