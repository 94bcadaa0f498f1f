"""The running median is what its definition says, and SciPy's, to the last bit."""

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from miso_desktop.music.median import WINDOW, running_median


def by_scipy(values: np.ndarray) -> np.ndarray:
    from scipy.ndimage import median_filter

    return median_filter(values, size=(WINDOW, 1), mode="reflect")


def by_definition(values: np.ndarray) -> np.ndarray:
    mirrored = np.pad(values, ((WINDOW // 2, WINDOW // 2), (0, 0)), mode="symmetric")
    return np.median(np.lib.stride_tricks.sliding_window_view(mirrored, WINDOW, axis=0), axis=-1)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 100), st.integers(1, 5)),
        elements=st.floats(-4, 4, width=16),  # coarse, so that values come twice
    )
)
def test_any_rows(values):
    np.testing.assert_array_equal(running_median(values), by_definition(values))


@pytest.mark.parametrize("length", [1, 15, 16, 31, 256, 257, 300])
def test_lengths_around_the_groups_are_scipys(length):
    values = np.random.default_rng(length).random((length, 40), np.float32)
    np.testing.assert_array_equal(running_median(values), by_scipy(values))


def test_a_spike_goes_and_a_step_stays():
    step = np.repeat(np.array([[0.0], [1.0]], np.float32), 50, axis=0)
    spiked = step.copy()
    spiked[20], spiked[70] = 9, -9
    np.testing.assert_array_equal(running_median(spiked), step)


def test_nothing_waits_for_the_garbage_collector():
    """A cycle would keep every track's rows until then: 60 MB each."""
    running_median(np.ones((40, 3), np.float32))
    gc.collect()
    gc.disable()
    try:
        running_median(np.ones((40, 3), np.float32))
        assert gc.collect() == 0
    finally:
        gc.enable()
