"""Listen to a music file: its tags, its mood, its outline."""

from miso_desktop.music.tagger import Tagger
from miso_desktop.music.tags import read_tags
from miso_desktop.music.waveform import peaks

__all__ = ["Tagger", "peaks", "read_tags"]
