"""How far a job is that goes through many bytes."""

from __future__ import annotations

from collections.abc import Callable

OnBytes = Callable[[int, int], None]
"""Told how many bytes are done, of how many."""


def nobody(done: int, total: int) -> None:
    """Tell nobody."""


def percent(done: int, total: int) -> int:
    """What is done in whole per cent; of nothing, all is done."""
    return 100 * done // total if total else 100


def each_percent(tell: OnBytes, step: int = 1, told: int = -1) -> OnBytes:
    """Report once for each percentage, however often the job reports.

    Parameters
    ----------
    tell : callable
        Hears of the first report in every step.
    step : int
        In per cent.
    told : int
        The percentage that was reported already; -1 for none.
    """
    last = told // step

    def report(done: int, total: int) -> None:
        nonlocal last
        now = percent(done, total) // step
        if now != last:
            last = now
            tell(done, total)

    return report
