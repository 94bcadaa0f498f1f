from __future__ import annotations

import threading
import time
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.audio import Samples
from miso_desktop.player.ring import RingBuffer


def frames(start: int, count: int) -> Samples:
    """Frames that carry their number."""
    return np.repeat(np.arange(start, start + count, dtype=np.float32)[:, None], 2, axis=1)


actions = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 40)),
        st.tuples(st.just("read"), st.integers(0, 40)),
        st.tuples(st.just("discard"), st.just(0)),
        st.tuples(st.just("skip"), st.just(0)),
    ),
    max_size=60,
)


@given(capacity=st.integers(1, 30), actions=actions)
def test_it_behaves_like_a_queue_of_limited_length(
    capacity: int, actions: list[tuple[str, int]]
) -> None:
    ring, model, number, wanted_from = RingBuffer(capacity), deque[int](), 0, 0
    for action, count in actions:
        if action == "write":
            taken = ring.write(frames(number, count))
            assert taken == min(count, capacity - len(model))
            model.extend(range(number, number + taken))
            number += taken
        elif action == "read":
            out = np.full((count, 2), -1, np.float32)
            got = ring.read(out)
            assert got == min(count, len(model))
            assert out[:got, 1].tolist() == [model.popleft() for _ in range(got)]
            assert (out[got:] == -1).all()
        elif action == "discard":
            ring.discard()
            wanted_from = number
        else:
            ring.skip()
            while model and model[0] < wanted_from:
                model.popleft()
        assert ring.free == capacity - len(model)
        assert ring.filled == len([n for n in model if n >= wanted_from])
        assert ring.skipping == any(n < wanted_from for n in model)
        assert (ring.written, ring.consumed) == (number, number - len(model))


def test_two_threads_lose_and_repeat_nothing() -> None:
    ring, total, seen = RingBuffer(64), 20_000, []

    def produce() -> None:
        number = 0
        while number < total:
            number += ring.write(frames(number, min(37, total - number)))
            time.sleep(0)  # let the reader have its turn

    producer = threading.Thread(target=produce)
    producer.start()
    out = np.empty((23, 2), np.float32)
    while len(seen) < total:
        seen.extend(out[: ring.read(out), 0].tolist())
        time.sleep(0)
    producer.join()
    assert seen == list(range(total))


def test_it_holds_at_least_one_frame() -> None:
    with pytest.raises(ValueError, match="at least one"):
        RingBuffer(0)
