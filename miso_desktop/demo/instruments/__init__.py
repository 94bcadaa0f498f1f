"""Instruments: each turns one note (Hz, seconds held, velocity) into samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from miso_desktop.demo.synth import Signal

Instrument = Callable[[float, float, float, np.random.Generator], Signal]
"""Takes frequency in Hz, seconds held, velocity 0 to 1 and a source of chance; gives mono
or stereo samples that ring on after the note is let go."""
