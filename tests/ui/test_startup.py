"""The window opens without what only training needs, and without what can wait."""

from __future__ import annotations

import subprocess
import sys

NEVER = ("librosa", "sklearn", "pandas", "scipy", "torch", "transformers", "numba", "skl2onnx")
"""Nothing in the window's process may import these, whatever the person does."""
LATER = ("numpy", "onnxruntime", "av", "PIL", "pillow_heif", "sounddevice", "mutagen", "tokenizers")
"""These wait until something needs them: a photo, a track."""

_OPEN = """
import sys
from miso_desktop.ui.app import application, make_window
from miso_desktop.ui.settling import wait

def fail():
    raise SystemExit("the window asked for the library before it stood")

app = application()
window = make_window(app, fail)
window.painted.disconnect()
shown = []
window.painted.connect(lambda: shown.append(True))
window.show()
assert wait(lambda: bool(shown), 20)
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
window.close()
"""

_OPEN_LIBRARY = """
import sys
from pathlib import Path
from miso_desktop.application import Miso
from miso_desktop.ui.app import application, make_window
from miso_desktop.ui.settling import wait
from miso_desktop.ui.window import PAGES

window = make_window(application(), Miso)
window.show()
assert wait(lambda: window.session.shelf.loaded, 30), window.banner.message
for page in PAGES:
    window.open_page(page)
wait(lambda: False, 0.3)
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
window.close()
"""


def modules_after(script: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_window_opens_without_anything_that_can_wait() -> None:
    assert not modules_after(_OPEN).intersection(NEVER + LATER)


def test_the_library_and_every_page_open_without_what_training_needs() -> None:
    assert not modules_after(_OPEN_LIBRARY).intersection(NEVER)
