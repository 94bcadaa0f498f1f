"""How long the window takes to stand, beside an empty one. Prints figures, judges nothing.

Run ``python -m tests.benchmarks.window``. Every run is a new process, the two kinds in
turn, so that a busy moment of the machine hits both. Time counts as a person feels it: from
the command to the end of the first painting. The processor's time is printed too: it says
more where the machine has other work.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

_CLOCK = """
import os, time

def tell():
    print(time.monotonic() - float(os.environ["MISO_STARTED"]), time.process_time(), flush=True)
"""

_EMPTY = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

class Window(QWidget):
    def paintEvent(self, event):
        QTimer.singleShot(0, done)

def done():
    tell()
    app.quit()

app = QApplication(sys.argv)
window = Window()
window.resize(1280, 800)
window.show()
app.exec()
"""

_MISO = """
from miso_desktop.cli import build_parser
build_parser().parse_args(["window"])
import gc
gc.disable()  # as the command does
from miso_desktop.ui.app import application, make_window, _open

def painted():
    tell()

def loaded():
    tell()
    window.close()
    app.quit()

app = application()
window = make_window(app, lambda: _open(None))
window.painted.connect(painted)
window.session.shelf.changed.connect(loaded)
window.show()
app.exec()
"""


Times = tuple[float, float]
"""Seconds on the clock, seconds of the processor."""


def measure(script: str, cache: str) -> list[Times]:
    """What a fresh process told."""
    with tempfile.TemporaryDirectory() as home:
        # Compiled modules are kept, as they are for everybody but the first to start MISO.
        env = {**os.environ, "MISO_HOME": home, "PYTHONPYCACHEPREFIX": cache}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["MISO_STARTED"] = str(time.monotonic())
        command = [sys.executable, "-c", _CLOCK + script]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    clock = [float(word) for word in done.stdout.split()]
    return list(zip(clock[::2], clock[1::2], strict=True))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    empty: list[Times] = []
    shown: list[Times] = []
    ready: list[Times] = []
    with tempfile.TemporaryDirectory() as cache:
        for run in range(options.runs + 1):
            (bare,) = measure(_EMPTY, cache)
            first, last = measure(_MISO, cache)
            if run:  # the first of each compiles, and reads from the disk
                empty.append(bare)
                shown.append(first)
                ready.append(last)
    for name, times in (("empty window", empty), ("MISO, shown", shown), ("with library", ready)):
        clock, cpu = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:14} {clock:6.3f} s on the clock  {cpu:6.3f} s of the processor")
    for column, name in enumerate(("on the clock", "of the processor")):
        pairs = [a[column] / b[column] for a, b in zip(shown, empty, strict=True)]
        print(f"ratio {name:17} {statistics.median(pairs):5.2f}")


if __name__ == "__main__":
    main()
