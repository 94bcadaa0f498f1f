"""BLIP-base as ONNX beside PyTorch: equal captions, processor time and memory.

``python -m tests.benchmarks.captioner --work FOLDER [--seed 1]``

The real architecture at real size with random weights (no weights are fetched), exported
by ``miso_desktop.export.blip``. Needs the extra ``[export]`` and about 6 GB in ``--work``;
what lies there already is used again. Every time and every peak is measured in a process
of its own, with one thread, and is the least of some rounds. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SIZES = (384, 256, 224)
PARITY_SIZES = (384, 224)
PROMPT = "a photo of"
LENGTH = 21
"""The first token and 20 new ones."""

ROUNDS = 6


def prepare(work: Path, seed: int) -> None:
    """Export every bundle that is not there yet."""
    from miso_desktop.export import blip
    from miso_desktop.export.untrained import base_config, untrained, write_checkpoint

    checkpoint = work / "checkpoint"
    if not checkpoint.exists():
        words = ["[PAD]", *(f"[unused{i}]" for i in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        words += [chr(ord("a") + i) for i in range(26)]
        words += [f"##{chr(ord('a') + i)}" for i in range(26)]
        words += [f"word{i}" for i in range(30522 - len(words))]
        write_checkpoint(untrained(base_config(30522), seed), words, checkpoint)
    loaded = None
    for kind in ("fp32", "int8"):
        for size in SIZES:
            out = work / f"{kind}-{size}"
            if out.exists():
                continue
            loaded = loaded or blip.Checkpoint.load(checkpoint)
            # Random weights choose between words that are all but equally likely: how well
            # int8 agrees can only be judged with trained ones.
            blip.pack(
                loaded,
                out,
                size=size,
                int8=kind == "int8",
                int8_words=0.0,
                photos=photos(),
                source="random weights",
            )


def photos() -> list[Any]:
    from miso_desktop.export.untrained import noise_photo

    random = np.random.default_rng(5)
    return [noise_photo(random, 640, 480) for _ in range(4)]


def parity(work: Path) -> dict[str, Any]:
    """Compare captions and logits with PyTorch's, in fp32."""
    from miso_desktop import bundles
    from miso_desktop.export import blip
    from miso_desktop.export.goldens import caption_tokens, next_logits
    from miso_desktop.photos.captioner import Captioner
    from miso_desktop.photos.decoding import Decoding

    checkpoint = blip.Checkpoint.load(work / "checkpoint")
    images = photos()
    found: dict[str, Any] = {}
    for size in PARITY_SIZES:
        captioner = Captioner(bundles.load(work / f"fp32-{size}"))
        for beams in (1, 3):
            for prompt in (None, PROMPT):
                asked = {"num_beams": beams, "max_length": LENGTH}
                said = caption_tokens(checkpoint, images, prompt=prompt, decoding=asked, size=size)
                way = Decoding(**asked)
                four = captioner.captions(images, prompt=prompt, decoding=way)
                one = captioner.caption(images[0], prompt=prompt, decoding=way)
                name = f"{size} px, {beams} beams, {'prompt' if prompt else 'no prompt'}"
                found[name] = {
                    "batch_4": [list(c.tokens) for c in four] == said,
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
    image = photos()[0]

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


def measure(work: Path, kind: str, size: int) -> dict[str, float]:
    """In this process: the least processor time of a caption, and the peak of memory."""
    caption = pytorch(work, size) if kind == "pytorch" else onnx(work, kind, size)
    times = []
    for _ in range(ROUNDS + 1):  # the first one warms up
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


def apart(work: Path, kind: str, size: int) -> dict[str, float]:
    """The same in a fresh process, for the peak is that of a process's whole life."""
    command = [sys.executable, "-m", __spec__.name, "--work", str(work)]
    command += ["--measure", kind, "--size", str(size)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(run.stdout)
    return figures


def speed(work: Path) -> dict[str, Any]:
    photos()[0].save(work / "photo.png")
    found: dict[str, Any] = {}
    for kind, size in (
        ("pytorch", 384),
        *((kind, size) for kind in ("fp32", "int8") for size in SIZES),
    ):
        found[f"{kind} {size}"] = apart(work, kind, size)
    base = found["pytorch 384"]["cpu_s"]
    for figures in found.values():
        figures["times_as_fast"] = round(base / figures["cpu_s"], 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--measure", choices=("pytorch", "fp32", "int8"), help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=384, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure(args.work, args.measure, args.size)))
        return
    args.work.mkdir(parents=True, exist_ok=True)
    prepare(args.work, args.seed)
    print(json.dumps({"parity": parity(args.work), "speed": speed(args.work)}, indent=1))


if __name__ == "__main__":
    main()
