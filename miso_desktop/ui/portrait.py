"""Pictures of the window in each of its states, made by driving the real window.

Run ``python -m miso_desktop.ui.portrait --out DIR``. Without other folders it uses the
demo album and the demo photos, and a library of its own that is thrown away.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from miso_desktop.ui.settling import breathe, settle, wait

if TYPE_CHECKING:
    from miso_desktop.ui.window import Window

_HEARD_MS = 6000
_QUALITY = 92
"""Of JPEG; PNG ignores it."""


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures."""
    from miso_desktop import paths

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--music", type=Path, default=paths.resource("demo", "album"))
    parser.add_argument("--photos", type=Path, default=paths.resource("demo", "photos"))
    parser.add_argument("--suffix", choices=("png", "jpg"), default="png")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="miso-portrait-"))
    os.environ["MISO_HOME"] = str(home)
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        _take_all(options.out, options.music, options.photos, options.suffix)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0


def _take_all(out: Path, music: Path, photos: Path, suffix: str) -> None:
    from miso_desktop.photos import PHOTO_SUFFIXES
    from miso_desktop.ui import tokens
    from miso_desktop.ui.app import _open, application, make_window
    from miso_desktop.ui.dropping import Dropped

    window = make_window(application(), lambda: _open(None))
    session = window.session

    def take(name: str) -> None:
        for look in ("light", "dark"):
            session.change("theme", look)
            breathe(120)
            window.page(window.current).settle()
            breathe(60)
            picture = out / f"{name}-{look}.{suffix}"
            window.grab().save(str(picture), quality=_QUALITY)
            print(picture, file=sys.stderr)

    window.resize(*tokens.WINDOW)
    window.show()
    wait(lambda: session.shelf.loaded)
    take("empty")
    window.take(Dropped(folders=(music,)))
    wait(lambda: _listened(window) >= 2)
    take("scanning")
    wait(lambda: not session.shelf.scanning)
    found = sorted(p for p in photos.iterdir() if p.suffix.lower() in PHOTO_SUFFIXES)
    window.take(Dropped(photos=tuple(found[:8])))
    wait(lambda: session.readings.progress == (0, 0))
    settle(window)
    surest = max(session.readings.recent, key=lambda r: r.scores[r.scores.top])
    session.readings.show(surest)
    settle(window)
    take("reading")
    session.playing.play_proposal()
    wait(lambda: session.playing.waveform is not None or bool(window.banner.message), 20)
    breathe(_HEARD_MS)  # long enough for the history to note it
    session.playing.next()
    breathe(1000)
    session.playing.seek(18.0)
    breathe(1000)
    take("playing")
    session.shelf.dismiss()
    for page in ("home", "library", "map", "history", "settings"):
        window.open_page(page)
        breathe(400)
        take(page)
    window.close()


def _listened(window: Window) -> int:
    scan = window.session.shelf.scan
    return scan.progress.done if scan and scan.progress else 0


if __name__ == "__main__":
    sys.exit(main())
