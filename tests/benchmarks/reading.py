"""What it costs to read a photo with everything that is shipped.

    python -m tests.benchmarks.reading [--photos FOLDER] [--runs 5] [--batch 100]

Cold: from the start of a worker process to its first reading, the least and the median of
some runs. Warm: processor time a photo in a process that has read before. Batch: so many
readings in one process, photos over again if there are too few. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

from miso_desktop import demo
from miso_desktop.photos import PHOTO_SUFFIXES, Panel

COLD = """
import sys
from pathlib import Path
from miso_desktop.photos import Panel
Panel().read(Path(sys.argv[1]))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=Path, help="folder; the demo's photos otherwise")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=100)
    args = parser.parse_args()
    folder = args.photos.iterdir() if args.photos else demo.photos()
    photos = sorted(path for path in folder if path.suffix.lower() in PHOTO_SUFFIXES)
    cold = [_cold(photos[run % len(photos)]) for run in range(args.runs)]
    panel = Panel()
    panel.read(photos[0])
    warm = []
    began, spent = time.perf_counter(), time.process_time()
    for photo in islice(cycle(photos), args.batch):
        start = time.process_time()
        panel.read(photo)
        warm.append(time.process_time() - start)
    report = {
        "cold_s": {
            "least": round(min(cold), 3),
            "median": round(statistics.median(cold), 3),
        },
        "warm_cpu_s": {
            "median": round(statistics.median(warm), 3),
            "most": round(max(warm), 3),
        },
        "batch": {
            "photos": args.batch,
            "wall_s": round(time.perf_counter() - began, 1),
            "cpu_s": round(time.process_time() - spent, 1),
        },
    }
    print(json.dumps(report, indent=1))


def _cold(photo: Path) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", COLD, str(photo)], check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
