"""The player's machinery: decode ahead, feed the output, know what is heard.

Everything here runs in the player's one thread, but for :meth:`Engine.heard`,
:meth:`Engine.set_gain` and the counters, which any thread may ask.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from miso_desktop.audio import Samples
from miso_desktop.errors import MisoError, NoAudioDevice
from miso_desktop.phrases import phrase
from miso_desktop.player.decoder import Entry, QueueDecoder
from miso_desktop.player.feed import Feed
from miso_desktop.player.output import Output, OutputFactory
from miso_desktop.player.ring import RingBuffer

AHEAD_S = 2.0
"""How far the decoder runs ahead of the ear."""

_REFILL_S = 1.5
"""It sleeps until no more than this is left."""

_PORTION_S = 0.25
"""It looks for new orders after so much sound."""

_READY_S = 0.1
"""Sound that must lie ready before it begins to flow."""

_IDLE_S = 0.3
"""A silent device is stopped after so long; its last frames are out by then."""

_SILENT_DEVICE_S = 2.0
"""A device that has asked for nothing for so long is gone."""

_SOON_S = 0.005
_LOOK_S = 0.1


@dataclass(frozen=True)
class Place:
    """A place in the queue: track, seconds into it, and its length (0 where unknown)."""

    index: int
    position_s: float = 0.0
    duration_s: float = 0.0


@dataclass(frozen=True)
class _Mark:
    """From this frame of the ring on, the sound is that of this place."""

    frame: int
    place: Place


class OutputStale(Exception):
    """A device that was open did not start again: it has to be opened anew."""


class Engine:
    """Decode a queue into an output.

    Parameters
    ----------
    open_output : callable
        Opens an output.
    on_failure : callable
        Told of tracks that cannot be decoded.
    wake : callable
        Called from any thread when :meth:`run` should be called soon.
    """

    def __init__(
        self,
        open_output: OutputFactory,
        on_failure: Callable[[Entry, MisoError], None],
        wake: Callable[[], None],
    ) -> None:
        self._open_output = open_output
        self._on_failure = on_failure
        self._wake = wake
        self._output: Output | None = None
        self._feed = Feed(RingBuffer(1), 1)
        self._decoder: QueueDecoder | None = None
        self._left: Samples | None = None
        self._marks: tuple[_Mark, ...] = ()
        self._gain = 1.0
        self._running = self._was_started = self._lost = False
        self._filling = False
        self._idle_since = 0.0
        self._asked = (0, 0.0)
        self._past_underruns = 0

    # Any thread

    def heard(self) -> Place | None:
        """What is at the ear now; None while nothing is open."""
        feed, marks, output = self._feed, self._marks, self._output
        if not marks or output is None:
            return None
        frame = feed.heard(output.latency_s)
        mark = marks[0]
        for later in marks[1:]:
            if later.frame <= frame:
                mark = later
        since = max(0, frame - mark.frame) / feed.rate
        return replace(mark.place, position_s=mark.place.position_s + since)

    def set_gain(self, gain: float) -> None:
        """Amplitude of everything, 0 to 1."""
        self._gain = self._feed.gain = gain

    @property
    def underruns(self) -> int:
        """Breaks in the sound so far, ours and the device's."""
        output = self._output
        return self._past_underruns + self._feed.underruns + (output.underruns if output else 0)

    # The player's thread

    @property
    def has_output(self) -> bool:
        """Whether a device is open."""
        return self._output is not None

    def go(self, queue: Sequence[Entry], place: Place) -> None:
        """Be at this place next. Raises NoAudioDevice if no output can be opened."""
        if self._output is None:
            self._open()
        self._drop_sound()
        self._marks = (_Mark(self._feed.ring.written, place),)
        self._feed.ended = False
        self._decoder = QueueDecoder(
            queue, place.index, place.position_s, self._feed.rate, self._on_failure
        )
        self._filling = True

    def run(self, *, playing: bool) -> None:
        """Decode a portion, and let the sound flow or hold it.

        Raises
        ------
        NoAudioDevice
            If the device went away.
        OutputStale
            If it went away while it was not used.
        """
        if self._output is None:
            return
        self._fill()
        feed = self._feed
        ready = feed.ring.filled >= (1 if feed.ended else _READY_S * feed.rate)
        if playing and ready:
            self._flow()
        elif not playing:
            self._hold()
        if self._running and self._device_is_gone():
            raise NoAudioDevice(
                phrase(
                    "The sound device has gone away, so the music waits. "
                    "Connect it or choose another one, then press play."
                )
            )

    def rest(self) -> None:
        """Be silent with no file open; release the device a little later."""
        if self._output is None:
            return
        if self._marks:
            self._marks = ()
            self._drop_sound()
        self._hold()
        if not self._running:
            self.drop_output()

    def finished(self) -> bool:
        """Whether the last frame of the queue has been heard."""
        output, feed = self._output, self._feed
        return (
            output is not None
            and bool(self._marks)
            and feed.ended
            and feed.heard(output.latency_s) >= feed.ring.written
        )

    def patience(self) -> float | None:
        """Seconds until :meth:`run` or :meth:`rest` has something to do; None for ever."""
        feed = self._feed
        if self._output is None:
            return None
        if self._filling:
            return 0.0 if feed.ring.free > _PORTION_S * feed.rate / 2 else _SOON_S
        if not feed.playing:
            return _LOOK_S / 2 if self._running else None
        now = feed.heard(self._output.latency_s)
        events = [mark.frame for mark in self._marks if mark.frame > now]
        if feed.ended:
            events.append(feed.ring.written)
        waits = [(frame - now) / feed.rate for frame in events]
        return max(_SOON_S, min([_LOOK_S, *waits]))

    def drop_output(self) -> None:
        """Release file and device."""
        self._close_decoder()
        self._marks = ()
        output, self._output = self._output, None
        if output is not None:
            self._past_underruns += self._feed.underruns + output.underruns
            self._feed.underruns = 0
            output.close()
        self._running = False

    close = drop_output

    def _open(self) -> None:
        self._lost = self._was_started = False
        output = self._open_output(self._pull, self._device_lost)
        self._feed = Feed(RingBuffer(round(AHEAD_S * output.rate)), output.rate, self._gain)
        self._output = output

    def _pull(self, out: Samples) -> None:
        self._feed.fill(out)

    def _device_lost(self) -> None:
        self._lost = True
        self._wake()

    def _device_is_gone(self) -> bool:
        calls, since = self._asked
        now = time.monotonic()
        if calls != self._feed.calls:
            self._asked = (self._feed.calls, now)
            return self._lost
        return self._lost or now - since > _SILENT_DEVICE_S

    def _flow(self) -> None:
        assert self._output is not None
        self._feed.playing = True
        if self._running:
            return
        try:
            self._output.start()
        except NoAudioDevice as error:
            if self._was_started:
                raise OutputStale from error
            raise
        self._running = self._was_started = True
        self._asked = (self._feed.calls, time.monotonic())

    def _hold(self) -> None:
        """Fade out, then stop the device."""
        assert self._output is not None
        if self._feed.playing:
            self._feed.playing = False
            self._idle_since = time.monotonic()
        if self._running and time.monotonic() - self._idle_since > _IDLE_S:
            self._output.stop()
            self._running = False
            self._feed.ring.skip()

    def _drop_sound(self) -> None:
        """Throw away what was decoded; the callback fades out on it if it runs."""
        self._close_decoder()
        if self._feed.playing:
            self._feed.playing = False
            self._idle_since = time.monotonic()
        self._feed.ring.discard()
        if not self._running:
            self._feed.ring.skip()

    def _close_decoder(self) -> None:
        self._left = None
        self._filling = False
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

    def _fill(self) -> None:
        ring, rate = self._feed.ring, self._feed.rate
        if self._decoder is not None and ring.filled < _REFILL_S * rate:
            self._filling = True
        if not self._filling:
            return
        portion = ring.written + round(_PORTION_S * rate)
        while ring.written < portion and self._has_more():
            assert self._left is not None
            taken = ring.write(self._left)
            self._left = self._left[taken:]
            if len(self._left):  # the ring is full
                self._filling = ring.skipping
                return

    def _has_more(self) -> bool:
        """Whether frames wait to be written, after decoding more if need be."""
        while self._left is None or not len(self._left):
            chunk = self._decoder.read() if self._decoder is not None else None
            if chunk is None:
                self._close_decoder()
                self._feed.ended = True
                return False
            if chunk.first:
                place = Place(chunk.index, chunk.position_s, chunk.duration_s)
                self._mark(place)
            self._left = chunk.samples
        return True

    def _mark(self, place: Place) -> None:
        """A track begins with the next frame; forget the marks that were passed."""
        assert self._output is not None
        frame, now = self._feed.ring.written, self._feed.heard(self._output.latency_s)
        kept = [mark for mark in self._marks if mark.frame < frame]
        passed = [mark for mark in kept if mark.frame <= now]
        ahead = [mark for mark in kept if mark.frame > now]
        self._marks = (*passed[-1:], *ahead, _Mark(frame, place))
