"""Using a model for music once, to see whether it can be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from miso_desktop.music import ensemble, network, spectral, tagger

if TYPE_CHECKING:
    from miso_desktop.bundles import Bundle

SECONDS = 4
"""Of the sound that is heard: more than the network hears at once."""


def _moods(bundle: Bundle) -> None:
    """With the network that is in use, where there is one, and without."""
    sound = _noise()
    for heard in {None, tagger.network_in_use()}:
        used = heard.used if heard else None
        ensemble.Ensemble(bundle, used).scores(tagger.describe(sound, heard))


def _network(bundle: Bundle) -> None:
    _ = network.AudioNetwork(bundle).listen_to_track(_noise()).vector


def _noise() -> network.Floats:
    samples = np.random.default_rng(0).normal(0, 0.1, SECONDS * spectral.SAMPLE_RATE)
    return samples.astype(np.float32)


TRIALS: Mapping[str, Callable[[Bundle], None]] = {
    ensemble.BUNDLE: _moods,
    network.BUNDLE: _network,
}
"""By role; each raises, whatever it may be, where the model cannot be used."""
