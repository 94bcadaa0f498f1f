"""Listen to a music file: its tags, its mood, its outline."""

from miso_desktop.music.network import BUNDLE as NETWORK
from miso_desktop.music.tagger import Tagger, in_use
from miso_desktop.music.tags import read_tags
from miso_desktop.music.waveform import peaks

__all__ = ["NETWORK", "Tagger", "in_use", "peaks", "read_tags"]
