"""What ``miso models install`` runs: a checkpoint is fetched and becomes a bundle.

``python -m miso_desktop.export.install OWNER/NAME --revision R --size 384 --profile fast
--work FOLDER`` writes ``FOLDER/bundle``, and says on standard output how far it is:
``{"stage": "download", "done": 1, "total": 2}``, and ``{"error": PHRASE}`` where it
fails (:meth:`miso_desktop.phrases.Phrase.to_json`).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from miso_desktop.errors import InstallFailed, MisoError
from miso_desktop.export.emotion_labels import KINDS
from miso_desktop.installing import BUNDLE, DOWNLOAD, Order
from miso_desktop.phrases import phrase
from miso_desktop.workplace import alone, demand_room, told

PROFILES: dict[str, dict[str, Any]] = {
    "fast": {"int8": True},
    "exact": {"int8": True, "mixed": True, "int8_words": 0.97},
    "full": {"int8": False},
}
"""How a profile is packed, see :func:`miso_desktop.export.blip.pack`."""

TYPES = {"blip": ("blip",), "bert": KINDS}
"""What ``config.json`` may say of itself, for each kind that can be asked for."""

ROOM = 2
"""Disk space that the export needs beside the download, in times the weights' size."""


def bundle_name(order: Order) -> str:
    """Such as ``blip-base-384-fast``, or ``bert-base-go-emotions-fast``."""
    short = order.model.rsplit("/", 1)[-1].lower().replace("blip-image-captioning", "blip")
    plain = re.sub(r"[^a-z0-9]+", "-", short).strip("-")[:60] or order.kind
    return "-".join([plain, *([str(order.size)] if order.kind == "blip" else []), order.profile])


def make(order: Order, work: Path) -> None:
    """Fetch a checkpoint and write the bundle.

    Raises
    ------
    InstallFailed
        If any of it is not possible, see :mod:`miso_desktop.export.hub`.
    """
    folder, revision = _fetched(order, work) if order.folder is None else (order.folder, "")
    demand_room(work, ROOM * _weights(folder).stat().st_size)
    say("export", 0, 1)
    check_config(folder, order)
    check_pickle(folder, order.model)
    {"blip": _export_blip, "bert": _export_bert}[order.kind](
        folder, work / BUNDLE, replace(order, revision=revision)
    )
    say("export", 1, 1)


def _fetched(order: Order, work: Path) -> tuple[Path, str]:
    """Fetch the checkpoint; its folder and its commit."""
    from miso_desktop.export import hub

    download = work / DOWNLOAD
    say("download", 0, 1)
    plan = hub.plan(order.model, order.revision)
    _keep_only(plan.commit, download)
    folder = download / plan.commit
    room = ROOM * plan.weights.size
    hub.fetch(plan, folder, lambda *much: say("download", *much), spare=room)
    return folder, plan.commit


def _weights(folder: Path) -> Path:
    """The file with the weights, in a folder that holds a checkpoint."""
    for name in ("model.safetensors", "pytorch_model.bin"):
        if (folder / name).is_file() and (folder / "config.json").is_file():
            return folder / name
    raise InstallFailed(
        phrase(
            "There is no checkpoint in {path}: it needs {config}, and {weights} in one piece.",
            path=str(folder),
            config="config.json",
            weights="model.safetensors",
        ),
        folder,
    )


def check_config(folder: Path, order: Order) -> None:
    """See whether it is of the kind that was asked for, before it is loaded.

    Raises
    ------
    InstallFailed
        If it is none.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind = config["model_type"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise _unlike(order, str(error)) from error
    if kind in TYPES[order.kind]:
        return
    for other, types in TYPES.items():
        if kind in types:
            raise InstallFailed(
                phrase(
                    "{model} is no {wanted} but a {kind}. Run: {command}",
                    model=order.model,
                    wanted=order.kind.upper(),
                    kind=str(kind),
                    command=f"miso models install {other}",
                )
            )
    raise _unlike(order, f"model_type {kind!r}")


def check_pickle(folder: Path, model: str) -> None:
    """Refuse old weights files that hold more than weights: a pickle can run programs.

    Raises
    ------
    InstallFailed
        If PyTorch refuses to load the file as plain weights.
    """
    import torch

    weights = folder / "pytorch_model.bin"
    if not weights.is_file():
        return
    try:
        torch.load(weights, map_location="meta", weights_only=True)
    except Exception as error:  # unpickling has a dozen ways to fail
        raise InstallFailed(
            phrase(
                "The weights of {model} hold more than weights, or are none; they were not "
                "loaded, for such files can run programs. Use a model with {safe}.",
                model=model,
                safe="model.safetensors",
            ),
            weights,
        ) from error


def say(stage: str, done: int, total: int) -> None:
    """One line for :mod:`miso_desktop.installing`."""
    print(json.dumps({"stage": stage, "done": done, "total": total}), flush=True)


def _export_blip(checkpoint: Path, out: Path, order: Order) -> None:
    from miso_desktop import demo
    from miso_desktop.export import blip
    from miso_desktop.export.agreement import Disagreement
    from miso_desktop.photos.image import load_photo

    with _as_checkpoint(order):
        loaded = blip.Checkpoint.load(checkpoint)
    try:
        blip.pack(
            loaded,
            out,
            size=order.size,
            photos=[load_photo(photo) for photo in demo.photos()],
            name=bundle_name(order),
            source=_source(order),
            **PROFILES[order.profile],
        )
    except Disagreement as error:
        raise InstallFailed(
            phrase(
                "The captioner does not say what {model} says ({detail}). Nothing was "
                "installed; try `--profile exact` or `full`, or another size.",
                model=order.model,
                detail=str(error),
            )
        ) from error
    except ValueError as error:
        raise _unlike(order, str(error)) from error


def _export_bert(checkpoint: Path, out: Path, order: Order) -> None:
    from miso_desktop.export import bert
    from miso_desktop.export.agreement import Disagreement

    with _as_checkpoint(order):
        loaded = bert.Classifier.load(checkpoint, order.model)
    try:
        bert.pack(
            loaded,
            out,
            int8=PROFILES[order.profile]["int8"],
            name=bundle_name(order),
            source=_source(order),
        )
    except Disagreement as error:
        raise InstallFailed(
            phrase(
                "The exported model does not say what {model} says ({detail}). Nothing was "
                "installed; try `--profile full`.",
                model=order.model,
                detail=str(error),
            )
        ) from error
    except ValueError as error:
        raise _unlike(order, str(error)) from error


@contextmanager
def _as_checkpoint(order: Order) -> Iterator[None]:
    """Tell what the libraries cannot load in the words of the one who asked for it."""
    try:
        yield
    except (MisoError, MemoryError):
        raise
    except Exception as error:  # a checkpoint has a dozen ways to be none
        raise _unlike(order, str(error)) from error


def _source(order: Order) -> str:
    return f"{order.model}@{order.revision[:12]}" if order.revision else order.model


def _end_with_input() -> None:
    """Whoever asked for it was killed: nobody waits for the rest."""
    while os.read(0, 1):  # not through sys.stdin, which Python must close at its own end
        pass
    os._exit(1)


def _keep_only(commit: str, download: Path) -> None:
    """What was fetched of another commit is of no use."""
    if download.is_dir():
        for folder in download.iterdir():
            if folder.name != commit:
                shutil.rmtree(folder, ignore_errors=True)


def _unlike(order: Order, detail: str) -> InstallFailed:
    if order.kind == "bert":
        return InstallFailed(
            phrase(
                "{model} is no BERT for emotions that MISO can read ({detail}). It must be a "
                "classifier of the kind {kinds}, with its tokenizer.",
                model=order.model,
                detail=detail,
                kinds=", ".join(KINDS),
            )
        )
    return InstallFailed(
        phrase(
            "{model} is no BLIP for captions that MISO can read ({detail}). "
            "Try Salesforce/blip-image-captioning-base.",
            model=order.model,
            detail=detail,
        )
    )


def main() -> int:
    """Run the command; 1 where it fails in a way that a person can mend."""
    parser = argparse.ArgumentParser(
        prog="python -m miso_desktop.export.install", description=__doc__.splitlines()[0]
    )
    parser.add_argument("model", help="on the hub: owner/name")
    parser.add_argument("--kind", choices=TYPES, default="blip")
    parser.add_argument("--folder", type=Path, help="where the checkpoint lies already")
    parser.add_argument("--revision", default="main")
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--profile", choices=PROFILES, required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for everything")
    parser.add_argument("--tied", action="store_true", help="end when standard input ends")
    args = parser.parse_args()
    if args.tied:
        threading.Thread(target=_end_with_input, daemon=True).start()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if args.folder:
        os.environ["HF_HUB_OFFLINE"] = "1"  # everything is there: nobody need be asked
    busy = phrase("Another installation is under way. Try again when it is done.")
    try:
        # Held here as well: this process may outlive the one that asked for it by a moment.
        with told(args.work), alone(args.work / "lock", 1.0, busy):
            asked = (args.model, args.revision, args.size, args.profile, args.kind, args.folder)
            make(Order(*asked), args.work)
    except MisoError as error:
        print(json.dumps({"error": error.message.to_json()}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
