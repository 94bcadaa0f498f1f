"""BLIP as ONNX beside PyTorch: equal captions, processor time and memory.

``python -m tests.benchmarks.captioner --work FOLDER [--size large] [--px 384 ...]
[--photos 4] [--rounds 6] [--exact] [--seed 1]``

The real architecture at real size with random weights (no weights are fetched), exported
by ``miso_desktop.export.blip``. Needs the extra ``[export]`` and in ``--work`` about 6 GB
(10 GB for large); what lies there already is used again. Every time and every peak is
measured in a process of its own, with one thread, and is the least of some rounds.
``--exact`` also makes the exact profile at the first of the sizes in pixels, and tells
which kinds of layers it leaves in 32 bits. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (384, 256, 224)
"""Sides of a photo in pixels; captions are compared at the first and the last."""

PROMPT = "a photo of"
LENGTH = 21
"""The first token and 20 new ones."""

EXACT_WORDS = 0.97
"""What the exact profile asks for."""


def prepare(work: Path, size: str, seed: int) -> None:
    """Write the checkpoint, if it is not there yet."""
    from miso_desktop.export.untrained import (
        base_config,
        large_config,
        untrained,
        write_checkpoint,
    )

    form = {"base": base_config, "large": large_config}[size]
    checkpoint = work / "checkpoint"
    if not checkpoint.exists():
        words = ["[PAD]", *(f"[unused{i}]" for i in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        words += [chr(ord("a") + i) for i in range(26)]
        words += [f"##{chr(ord('a') + i)}" for i in range(26)]
        words += [f"word{i}" for i in range(30522 - len(words))]
        write_checkpoint(untrained(form(30522), seed), words, checkpoint)


def export(work: Path, sizes: Sequence[int], count: int, *, exact: bool) -> dict[str, Any]:
    """Export every bundle that is not there yet; the figures of all."""
    from miso_desktop import bundles
    from miso_desktop.export import blip

    loaded = None
    wanted = [(kind, px) for kind in ("fp32", "int8") for px in sizes]
    found = {}
    for kind, px in [*wanted, *([("exact", sizes[0])] if exact else [])]:
        out = work / f"{kind}-{px}"
        if not out.exists():
            loaded = loaded or blip.Checkpoint.load(work / "checkpoint")
            # Random weights choose between words that are all but equally likely: how well
            # int8 agrees can only be judged with trained ones.
            blip.pack(
                loaded,
                out,
                size=px,
                int8=kind != "fp32",
                int8_words=EXACT_WORDS if kind == "exact" else 0.0,
                mixed=kind == "exact",
                photos=photos(count),
                source="random weights",
            )
        found[out.name] = dict(bundles.load(out).figures)
    return found


def photos(count: int) -> list[Any]:
    from miso_desktop.export.untrained import noise_photo

    random = np.random.default_rng(5)
    return [noise_photo(random, 640, 480) for _ in range(count)]


def parity(work: Path, sizes: Sequence[int], count: int) -> dict[str, Any]:
    """Compare captions and logits with PyTorch's, in fp32."""
    from miso_desktop import bundles
    from miso_desktop.export import blip
    from miso_desktop.export.goldens import caption_tokens, next_logits
    from miso_desktop.photos.captioner import Captioner
    from miso_desktop.photos.decoding import Decoding

    checkpoint = blip.Checkpoint.load(work / "checkpoint")
    images = photos(count)
    found: dict[str, Any] = {}
    for size in dict.fromkeys((sizes[0], sizes[-1])):
        captioner = Captioner(bundles.load(work / f"fp32-{size}"))
        for beams in (1, 3):
            for prompt in (None, PROMPT):
                asked = {"num_beams": beams, "max_length": LENGTH}
                said = caption_tokens(checkpoint, images, prompt=prompt, decoding=asked, size=size)
                way = Decoding(**asked)
                all_at_once = captioner.captions(images, prompt=prompt, decoding=way)
                one = captioner.caption(images[0], prompt=prompt, decoding=way)
                name = f"{size} px, {beams} beams, {'prompt' if prompt else 'no prompt'}"
                found[name] = {
                    f"batch_{count}": [list(c.tokens) for c in all_at_once] == said,
                    "batch_1": list(one.tokens) == said[0],
                    "distinct": len({tuple(row) for row in said}),
                }
        worst = 0.0
        for image in images:
            asked = {"max_length": LENGTH}
            tokens = caption_tokens(checkpoint, [image], prompt=None, decoding=asked, size=size)[0]
            decoder = captioner.look([image])
            rows = [decoder.start(tokens[:1])]
            rows += [decoder.step(np.array([token]), None) for token in tokens[1:]]
            difference = np.concatenate(rows) - np.array(
                next_logits(checkpoint, image, tokens, size)
            )
            worst = max(worst, float(np.abs(difference).max()))
        found[f"{size} px, largest logit difference"] = worst
    return found


def pytorch(work: Path, size: int) -> Callable[[], object]:
    import torch
    from transformers import BlipForConditionalGeneration

    from miso_desktop.photos.preprocessing import Preprocessing

    torch.set_num_threads(1)
    model = BlipForConditionalGeneration.from_pretrained(work / "checkpoint").eval()
    known = Preprocessing.from_file(work / f"fp32-{size}" / "preprocessor.json")
    image = photos(1)[0]

    def caption() -> None:
        with torch.no_grad():
            model.generate(
                torch.from_numpy(known.pixels([image])),
                interpolate_pos_encoding=True,
                max_length=LENGTH,
                min_length=LENGTH,
                use_cache=True,
            )

    return caption


def onnx(work: Path, kind: str, size: int) -> Callable[[], object]:
    from PIL import Image

    from miso_desktop import bundles
    from miso_desktop.photos.captioner import Captioner
    from miso_desktop.photos.decoding import Decoding

    captioner = Captioner(bundles.load(work / f"{kind}-{size}"))
    way = Decoding(max_length=LENGTH, min_length=LENGTH)
    image = Image.open(work / "photo.png").convert("RGB")
    return lambda: captioner.caption(image, decoding=way)


def divergences(work: Path, size: int, count: int) -> dict[str, float]:
    """What the kinds in 8 bits do to the next word: Kullback-Leibler divergence, nats a word."""
    from miso_desktop import bundles
    from miso_desktop.export.precision import divergence, follow
    from miso_desktop.photos.captioner import Captioner

    images = photos(count)
    plain = Captioner(bundles.load(work / f"fp32-{size}"))
    said = plain.captions(images)
    expected = follow(plain, images, said)
    return {
        kind: round(
            divergence(
                expected, follow(Captioner(bundles.load(work / f"{kind}-{size}")), images, said)
            ),
            5,
        )
        for kind in ("int8", "exact")
    }


def measure(work: Path, kind: str, size: int, rounds: int) -> dict[str, float]:
    """In this process: the least processor time of a caption, and the peak of memory."""
    caption = pytorch(work, size) if kind == "pytorch" else onnx(work, kind, size)
    times = []
    for _ in range(rounds + 1):  # the first one warms up
        started = time.process_time()
        caption()
        times.append(time.process_time() - started)
    return {
        "cpu_s": round(min(times[1:]), 3),
        "first_cpu_s": round(times[0], 3),
        "peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    """Most memory that this process ever held (Linux).

    Not ``getrusage``: what it says begins with the peak of the process that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(kibibytes) * 1024 / 1e6, 1)


def apart(work: Path, kind: str, size: int, rounds: int) -> dict[str, float]:
    """The same in a fresh process, for the peak is that of a process's whole life."""
    command = [sys.executable, "-m", __spec__.name, "--work", str(work)]
    command += ["--measure", kind, "--px", str(size), "--rounds", str(rounds)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(run.stdout)
    return figures


def speed(work: Path, sizes: Sequence[int], rounds: int, *, exact: bool) -> dict[str, Any]:
    photos(1)[0].save(work / "photo.png")
    found: dict[str, Any] = {}
    runs = [("pytorch", sizes[0]), *((kind, px) for kind in ("fp32", "int8") for px in sizes)]
    for kind, px in [*runs, *([("exact", sizes[0])] if exact else [])]:
        found[f"{kind} {px}"] = apart(work, kind, px, rounds)
    base = found[f"pytorch {sizes[0]}"]["cpu_s"]
    for figures in found.values():
        figures["times_as_fast"] = round(base / figures["cpu_s"], 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--size", choices=("base", "large"), default="base")
    parser.add_argument("--px", type=int, nargs="+", default=SIZES, help="sides of a photo")
    parser.add_argument("--photos", type=int, default=4, help="to compare captions on")
    parser.add_argument("--rounds", type=int, default=6, help="of each time")
    parser.add_argument("--exact", action="store_true", help="the exact profile as well")
    parser.add_argument("--seed", type=int, default=1)
    kinds = ("pytorch", "fp32", "int8", "exact")
    parser.add_argument("--measure", choices=kinds, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure(args.work, args.measure, args.px[0], args.rounds)))
        return
    work = args.work / "large" if args.size == "large" else args.work
    work.mkdir(parents=True, exist_ok=True)
    prepare(work, args.size, args.seed)
    found = {"bundles": export(work, args.px, args.photos, exact=args.exact)}
    if args.exact:
        found["divergence"] = divergences(work, args.px[0], args.photos)
    found["parity"] = parity(work, args.px, args.photos)
    found["speed"] = speed(work, args.px, args.rounds, exact=args.exact)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
