r"""Let the captioner in use describe the rated photos.

Run it with::

    python -m miso_desktop.training.captioner_words --data DATA --out WORK/own-captions.csv

The readers of words are heard on these captions too, so that the head of the panel knows
how much they are worth when the words are the captioner's.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from miso_desktop.photos.image import load_photo
from miso_desktop.photos.panel import installed_captioner
from miso_desktop.training.photo_data import read_rated


def main() -> None:
    """Write a table of ``file`` and ``caption``."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/oasis")
    parser.add_argument("--out", type=Path, required=True, help="the table")
    args = parser.parse_args()
    captioner = installed_captioner().value
    if captioner is None:
        raise SystemExit("no captioner is installed")
    with args.out.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("file", "caption"))
        for path in read_rated(args.data / "photos").paths:
            table.writerow((path.name, captioner.caption(load_photo(path)).text))


if __name__ == "__main__":
    main()
