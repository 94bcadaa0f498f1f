"""What listening costs: the features, a track, a mix of hours, a worker, a library.

    python -m tests.benchmarks.ear [--counts 100,1000] [--tracks 40] [--repeats 5]

Needs the extra [train], whose librosa is the yardstick. The music is the demo album's: four
minutes of it as an mp3, three hours of that, and short pieces of it under many names, all in
a temporary folder. Processor time is given where work is compared, and wall time where
workers share it. Prints one JSON object and judges nothing.
"""

# Workers import this module as their main one, so what is heavy is imported late.
from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miso_desktop import analysis

if TYPE_CHECKING:
    import numpy as np

SONG_S = 240.0
MIX_H = 3
PIECE_S = 6.0
PIECES = 20
RATE = 44_100
HEAVY = ("librosa", "numba", "sklearn", "scipy", "pandas", "torch", "PySide6")
LIMIT_S = 600.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--counts", default="100,1000", help="sizes of library to scan")
    parser.add_argument("--tracks", type=int, default=40, help="songs to tag with 1 and 2 workers")
    parser.add_argument("--repeats", type=int, default=5, help="runs of which the least counts")
    options = parser.parse_args()
    # One thread each, as in a worker; NumPy reads these when it is imported.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE")
    with tempfile.TemporaryDirectory(prefix="miso-ear-") as name:
        folder = Path(name)
        os.environ["MISO_HOME"] = str(folder / "home")
        song = encode(folder / "song.mp3", SONG_S)
        mix = repeat(song, folder / "mix.mp3", round(MIX_H * 3600 / SONG_S))
        report = {
            "worker": worker(song),
            "tracks_per_s": {str(n): tracks_per_s(song, n, options.tracks) for n in (1, 2)},
            "analysis": analysis_cost(song, mix, options.repeats),
            "features": features_cost(song, options.repeats),
            "library": library(folder, [int(count) for count in options.counts.split(",")]),
        }
    print(json.dumps(report, indent=1))


# What a worker is asked


def started() -> dict[str, Any]:
    """Load the tagger in a worker; what that took since the process began."""
    analysis._tagger()
    return {
        "cpu_s": round(time.process_time(), 3),
        "heavy_modules": [name for name in HEAVY if name in sys.modules],
    }


def peak_mb() -> float:
    """The most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():  # a process started by a large one inherits the figure of getrusage
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return round(int(line.split()[1]) / 1024, 1)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


# The parts of the report


def worker(song: Path) -> dict[str, Any]:
    """Cold start of a worker, and its peak memory after ten songs."""
    begin = time.perf_counter()
    pool = analysis.Workers(1)
    try:
        cold = pool.run(LIMIT_S, song, started).result()
        cold["wall_s"] = round(time.perf_counter() - begin, 3)
        for _ in range(10):
            pool.tag(song).result()
        return {"cold_start": cold, "peak_mb": pool.run(LIMIT_S, song, peak_mb).result()}
    finally:
        pool.close()


def tracks_per_s(song: Path, workers: int, tracks: int) -> float:
    """Songs of four minutes in a second of wall time, once the workers are warm."""
    pool = analysis.Workers(workers)
    try:
        for job in [pool.tag(song) for _ in range(4 * workers)]:
            job.result()
        begin = time.perf_counter()
        for job in [pool.tag(song) for _ in range(tracks)]:
            job.result()
        return round(tracks / (time.perf_counter() - begin), 2)
    finally:
        pool.close()


def analysis_cost(song: Path, mix: Path, repeats: int) -> dict[str, float]:
    """Processor time of decoding alone and of the whole, for the song and for the mix."""
    from miso_desktop.music import Tagger, decode

    tagger = Tagger()
    decoding, whole, long = cpu_ms(
        repeats,
        lambda: decode.read(song),
        lambda: tagger.tag(song),
        lambda: tagger.tag(mix),
    )
    return {
        "decode_ms": decoding,
        "song_ms": whole,
        "mix_ms": long,
        "decode_share": round(decoding / whole, 3),
        "mix_to_song": round(long / whole, 3),
    }


def features_cost(song: Path, repeats: int) -> dict[str, float]:
    """Processor time of the 54 features by one librosa call each, and by ours."""
    from miso_desktop.music import decode, spectral

    samples = decode.read(song).samples

    def theirs() -> None:
        for call in librosa_calls(samples):
            call()

    librosa_ms, ours_ms = cpu_ms(repeats, theirs, lambda: spectral.features(samples))
    return {
        "librosa_ms": librosa_ms,
        "ours_ms": ours_ms,
        "librosa_to_ours": round(librosa_ms / ours_ms, 1),
    }


def librosa_calls(samples: np.ndarray) -> list[Callable[[], object]]:
    """One call a feature, as a newcomer writes them."""
    import librosa

    feature, sr = librosa.feature, 22_050
    return [
        lambda: feature.spectral_centroid(y=samples, sr=sr),
        lambda: feature.spectral_bandwidth(y=samples, sr=sr),
        lambda: feature.spectral_flatness(y=samples),
        lambda: feature.spectral_rolloff(y=samples, sr=sr),
        lambda: feature.spectral_contrast(y=samples, sr=sr),
        lambda: feature.mfcc(y=samples, sr=sr),
        lambda: feature.chroma_stft(y=samples, sr=sr),
        lambda: librosa.onset.onset_strength(y=samples, sr=sr),
    ]


def library(folder: Path, counts: list[int]) -> dict[str, dict[str, float]]:
    """A scan of so many short tracks, and another one that finds nothing new."""
    from miso_desktop.application import Miso

    pieces = [
        encode(folder / "pieces" / f"{number}.mp3", PIECE_S, PIECE_S * number)
        for number in range(PIECES)
    ]
    found = {}
    for count in counts:
        music = folder / f"library {count}"
        music.mkdir()
        for number in range(count):
            os.link(pieces[number % PIECES], music / f"{number}.mp3")
        with Miso(folder / f"{count}.db") as miso:
            cpu, report = cpu_s(), miso.scan(music)
            spent, again = cpu_s() - cpu, miso.scan(music)
        found[str(count)] = {
            "added": report.added,
            "seconds": round(report.seconds, 2),
            "cpu_ms_per_track": round(1000 * spent / count, 2),
            "again_seconds": round(again.seconds, 3),
        }
    return found


# Time and music


def cpu_ms(repeats: int, *calls: Callable[[], object]) -> list[float]:
    """Least processor time of each call: what disturbs a run can only add to it.

    The calls take turns, so that a busy moment hits all of them.
    """
    for call in calls:
        call()
    spent: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, times in zip(calls, spent, strict=True):
            begin = time.process_time()
            call()
            times.append(1000 * (time.process_time() - begin))
    return [round(min(times), 1) for times in spent]


def cpu_s() -> float:
    """Processor time of this process and of the workers that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def encode(path: Path, seconds: float, start: float = 0.0) -> Path:
    """Some seconds of the demo album, one piece after another, as a stereo mp3."""
    import av

    path.parent.mkdir(exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = 192_000
        wanted, dropped = round(seconds * RATE), round(start * RATE)
        fit = av.AudioResampler(format="fltp", layout="stereo", rate=RATE, frame_size=1152)
        for frame in album():
            if dropped > 0:
                dropped -= frame.samples
                continue
            for part in fit.resample(frame):
                part.pts = None
                container.mux(stream.encode(part))
            wanted -= frame.samples
            if wanted <= 0:
                break
        container.mux(stream.encode(None))
    return path


def album() -> Iterator[Any]:
    """The demo album's frames, at 44.1 kHz."""
    import av

    from miso_desktop import paths

    for file in sorted((paths.shipped() / "resources" / "demo" / "album").iterdir()):
        fit = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        with av.open(str(file)) as container:
            for frame in container.decode(audio=0):
                yield from fit.resample(frame)


def repeat(song: Path, path: Path, times: int) -> Path:
    """A file of the song's packets, over and over."""
    import av

    with av.open(str(song)) as source, av.open(str(path), "w") as container:
        packets = [packet for packet in source.demux(audio=0) if packet.size]
        stream = container.add_stream_from_template(source.streams.audio[0])
        span = packets[-1].pts + packets[-1].duration - packets[0].pts
        for turn in range(times):
            for packet in packets:
                copy = av.Packet(bytes(packet))
                copy.stream, copy.time_base = stream, packet.time_base
                copy.pts = copy.dts = packet.pts - packets[0].pts + turn * span
                copy.duration = packet.duration
                container.mux(copy)
    return path


if __name__ == "__main__":
    main()
