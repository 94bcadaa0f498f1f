"""What the sound device's callback runs: copy, fade, set the volume, tell the time."""

from __future__ import annotations

import time

import numpy as np

from miso_desktop.audio import Samples
from miso_desktop.player.ring import RingBuffer

_FADE_S = 0.008
"""Long enough to hide the click of a cut, too short to be heard as a fade."""

_VOLUME_S = 0.03
"""A change of volume over the full range takes this long: no zipper noise."""

_CHUNK = 4096


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
    sounding : bool
        Whether the last call ended on sound.
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
        self.sounding = False
        self.calls = 0
        self.underruns = 0
        self._gain = gain
        self._clock = (0, time.monotonic())
        self._floor = 0
        self._ramp = np.arange(1, _CHUNK + 1, dtype=np.float32)[:, None]
        self._scratch = np.empty((_CHUNK, 1), np.float32)
        self._fade = max(1, min(_CHUNK, round(_FADE_S * rate)))

    def fill(self, out: Samples) -> None:
        """Fill a block for the device.

        Parameters
        ----------
        out : numpy.ndarray, shape (frames, 2), float32
            Overwritten: with sound, or with silence where there is none.
        """
        self.calls += 1
        done = self._close(out) if self.ring.skipping or not self.playing else 0
        if self.ring.skipping:
            self.ring.skip()
            self._floor = self.ring.consumed
        self._clock = (self.ring.consumed - done, time.monotonic())
        if self.playing:
            done += self._flow(out[done:])
        out[done:] = 0.0
        for start in range(0, done, _CHUNK):
            self._set_volume(out[start : min(done, start + _CHUNK)])
        if not done:
            self._gain = self.gain

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
        """Fade out on the frames that come next, if there was sound."""
        if not self.sounding:
            return 0
        self.sounding = False
        count = self.ring.read(out[: self._fade])
        self._fade_out(out[:count])
        return count

    def _flow(self, out: Samples) -> int:
        """Copy frames; fade in after silence, and out where they give out."""
        start = self.ring.consumed
        count = self.ring.read(out)
        if count and not self.sounding:
            self.sounding = True
            self._floor = start
            self._fade_in(out[: min(count, self._fade)])
        if count < len(out) and self.sounding:
            self.sounding = False
            if not self.ended:
                self.underruns += 1
                self._fade_out(out[max(0, count - self._fade) : count])
        return count

    def _fade_in(self, block: Samples) -> None:
        scale = self._scratch[: len(block)]
        np.multiply(self._ramp[: len(block)], 1 / max(1, len(block)), out=scale)
        block *= scale

    def _fade_out(self, block: Samples) -> None:
        self._fade_in(block[::-1])

    def _set_volume(self, block: Samples) -> None:
        most = len(block) / (_VOLUME_S * self.rate)
        step = min(most, max(-most, self.gain - self._gain))
        if step == 0.0 and self._gain == 1.0:
            return
        scale = self._scratch[: len(block)]
        np.multiply(self._ramp[: len(block)], step / len(block), out=scale)
        scale += self._gain
        block *= scale
        self._gain += step
