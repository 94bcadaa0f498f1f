"""Queue, decode, mix, output: plays tracks in the background, without gaps."""

from miso_desktop.player.output import Output, OutputFactory, devices, probe
from miso_desktop.player.player import Player

__all__ = ["Output", "OutputFactory", "Player", "devices", "probe"]
