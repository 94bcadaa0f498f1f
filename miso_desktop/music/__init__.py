"""Listen to a music file: its tags, its mood, its outline."""

from collections.abc import Callable, Mapping

from miso_desktop.bundles import Bundle
from miso_desktop.music.network import BUNDLE as NETWORK
from miso_desktop.music.tagger import Tagger, in_use
from miso_desktop.music.tags import read_tags
from miso_desktop.music.waveform import peaks

__all__ = ["NETWORK", "Tagger", "in_use", "peaks", "read_tags", "trials"]


def trials() -> Mapping[str, Callable[[Bundle], None]]:
    """What uses a model for music once, by its role; each raises where it cannot."""
    from miso_desktop.music.trial import TRIALS  # most who enter try nothing

    return TRIALS
