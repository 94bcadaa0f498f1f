"""What the sound device's callback runs: copy, fade, set the volume, tell the time."""

from __future__ import annotations

import math
import time

import numpy as np

from miso_desktop.audio import Samples
from miso_desktop.player.ring import RingBuffer

_FADE_S = 0.008
"""Long enough to hide the click of a cut, too short to be heard as a fade."""

_VOLUME_S = 0.03
"""A change of volume over the full range takes this long: no zipper noise."""

_CHUNK = 4096
_FADED = 1e-6


class Feed:
    """Hand the frames of a ring buffer to an output.

    The callback runs in a thread of the sound system that must never wait. So nothing
    here takes a lock or makes an array; the player's thread sets the attributes.

    Parameters
    ----------
    ring : RingBuffer
        Where the decoder writes.
    rate : int
        Frames a second.

    Attributes
    ----------
    playing : bool
        Whether frames shall flow; set by the player.
    ended : bool
        Whether the decoder has written its last frame; set by the player.
    gain : float
        Wanted amplitude, 0 to 1; set by the player.
    envelope : float
        How far the sound is faded in at the end of the last call, 0 to 1.
    calls : int
        How often the device has asked.
    underruns : int
        How often it asked for more than there was.
    """

    def __init__(self, ring: RingBuffer, rate: int, gain: float = 1.0) -> None:
        self.ring = ring
        self.rate = rate
        self.playing = False
        self.ended = False
        self.gain = gain
        self.envelope = 0.0
        self.calls = 0
        self.underruns = 0
        self._gain = gain
        self._clock = (0, time.monotonic())
        self._floor = 0
        # As wide as a block: NumPy would allocate a buffer to stretch a single column.
        self._ramp = np.repeat(np.arange(1, _CHUNK + 1, dtype=np.float32)[:, None], 2, axis=1)
        self._scratch = np.empty((_CHUNK, 2), np.float32)
        self._fade = max(1, min(_CHUNK, round(_FADE_S * rate)))

    def fill(self, out: Samples) -> None:
        """Fill a block for the device.

        Parameters
        ----------
        out : numpy.ndarray, shape (frames, 2), float32
            Overwritten: with sound, or with silence where there is none.
        """
        self.calls += 1
        start, done = self.ring.consumed, 0
        if self.ring.skipping or not self.playing:
            done = self._close(out)
        if self.ring.skipping and not self.envelope:
            self.ring.skip()
            self._floor = self.ring.consumed
            start = self.ring.consumed - done
        if self.playing and not self.ring.skipping:
            done += self._flow(out[done:])
        if done:
            self._clock = (start, time.monotonic())
        else:
            self._gain = self.gain
        out[done:] = 0.0
        for first in range(0, done, _CHUNK):
            self._set_volume(out[first : min(done, first + _CHUNK)])

    def heard(self, latency_s: float) -> int:
        """Number of the frame that leaves the loudspeaker now.

        Parameters
        ----------
        latency_s : float
            Time from the callback to the loudspeaker.
        """
        frame, at = self._clock
        now = frame + int((time.monotonic() - at - latency_s) * self.rate)
        return max(self._floor, min(self.ring.consumed, now))

    def _close(self, out: Samples) -> int:
        """Fade out on the frames that come next; a short block leaves some for its successor."""
        wanted = min(len(out), math.ceil(self.envelope * self._fade))
        count = self.ring.read(out[:wanted])
        if count:
            self._scale(out[:count], -1 / self._fade, self.envelope)
        faded = self.envelope - count / self._fade
        self.envelope = faded if faded > _FADED and count == wanted else 0.0
        return count

    def _flow(self, out: Samples) -> int:
        """Copy frames; fade in after silence, and out where they give out."""
        start = self.ring.consumed
        count = self.ring.read(out)
        if count and not self.envelope:
            self._floor = start
        if count and self.envelope < 1.0:
            ramp = min(count, math.ceil((1 - self.envelope) * self._fade))
            self._scale(out[:ramp], 1 / self._fade, self.envelope)
            self.envelope = min(1.0, self.envelope + ramp / self._fade)
        if count < len(out) and self.envelope:
            self.envelope = 0.0
            if not self.ended:
                self.underruns += 1
                tail = out[max(0, count - self._fade) : count]
                if len(tail):
                    self._scale(tail, -1 / len(tail), 1.0)
        return count

    def _set_volume(self, block: Samples) -> None:
        most = len(block) / (_VOLUME_S * self.rate)
        step = min(most, max(-most, self.gain - self._gain))
        if step == 0.0 and self._gain == 1.0:
            return
        self._scale(block, step / len(block), self._gain)
        self._gain += step

    def _scale(self, block: Samples, slope: float, offset: float) -> None:
        """Multiply frame ``i``, counted from 1, by ``slope * i + offset``."""
        scale = self._scratch[: len(block)]
        np.multiply(self._ramp[: len(block)], slope, out=scale)
        scale += offset
        np.clip(scale, 0.0, 1.0, out=scale)
        block *= scale
