"""What holds for every test: nothing of the person's is touched, nothing leaks, no network."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.tripwire import sitecustomize  # sets the wire in this process

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# How long an example takes says more about the machine than about the code.
settings.register_profile("miso", deadline=None)
settings.load_profile("miso")

GRACE_S = 5.0
"""How long a thread or process that was told to end may take."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for every test."""
    folder = tmp_path / "miso home"
    monkeypatch.setenv("MISO_HOME", str(folder))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return folder


@pytest.fixture(autouse=True)
def offline(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Fail a test in which any process touched the network."""
    log = tmp_path_factory.mktemp("tripwire") / "log"
    monkeypatch.setenv("MISO_TRIPWIRE", str(log))
    monkeypatch.setenv("PYTHONPATH", str(Path(sitecustomize.__file__).parent), prepend=os.pathsep)
    yield log
    if log.exists():
        pytest.fail("the network was touched: " + log.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """Fail a test that leaves a thread or a process behind."""
    before = set(threading.enumerate()), set(multiprocessing.active_children())
    yield
    end = time.monotonic() + GRACE_S
    while (left := _left(*before)) and time.monotonic() < end:
        time.sleep(0.02)
    assert not left, f"left behind: {left}"


def _left(threads: set[threading.Thread], processes: set[object]) -> list[object]:
    new_threads = [
        t
        for t in set(threading.enumerate()) - threads
        if not isinstance(t, threading._DummyThread)  # Qt's own, seen in passing
    ]
    return [*new_threads, *(set(multiprocessing.active_children()) - processes)]
