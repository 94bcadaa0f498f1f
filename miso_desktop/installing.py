"""Fetch a checkpoint and make a model of it that MISO can use, in a process of its own.

What that takes (PyTorch, transformers, huggingface_hub) belongs to the extra
``[export]`` and never comes into a process of the product: this module starts
``python -m miso_desktop.export.install``, listens to its JSON Lines, and installs what
it has made. Nothing else in MISO opens a network connection.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from miso_desktop import models, workplace
from miso_desktop.errors import InstallFailed
from miso_desktop.models import Model, TryOut
from miso_desktop.phrases import Phrase, phrase

NEEDS = ("torch", "transformers", "onnx", "huggingface_hub")
"""The extra ``[export]``."""

ALSO = {"bert": ("optimum",)}
"""What more a kind of model needs of it."""

DOWNLOAD = "download"
BUNDLE = "bundle"
"""Folders of the work: what was fetched, and what was made of it."""

LOG = "log.txt"

OnStep = Callable[[str, int, int], None]
"""Told the stage (``"download"``, ``"export"``), how much is done, and of how much."""


@dataclass(frozen=True)
class Order:
    """What is wanted.

    Attributes
    ----------
    model, revision : str
        On the hub: ``"owner/name"``, and a branch, a tag or a commit.
    size : int
        Side of a photo in pixels; of no account for words.
    profile : str
        ``"fast"`` keeps the weights in 8 bits, ``"exact"`` those that may be without
        changing the captions (to find out takes minutes), ``"full"`` none.
    kind : str
        ``"blip"``, which describes photos, or ``"bert"``, which tells emotions.
    folder : Path, optional
        Where the checkpoint lies already: nothing is fetched then.
    """

    model: str
    revision: str
    size: int
    profile: str
    kind: str = "blip"
    folder: Path | None = None


def install(
    order: Order, *, use: bool = True, try_out: TryOut | None = None, on_step: OnStep
) -> Model:
    """Fetch, export, compare, and install a model.

    What was fetched is kept until it is done, so that a second call goes on where the
    first was broken off.

    Parameters
    ----------
    order : Order
        What to install.
    use : bool
        Let it serve at once.
    try_out : callable, optional
        See :func:`miso_desktop.models.add`.
    on_step : callable
        Hears of the progress.

    Raises
    ------
    InstallFailed
        If the extra is missing, the hub cannot be reached or has no such model, what came
        is not what the hub describes, the model disagrees with the original, the disk
        is full, or another installation is under way.
    """
    _demand_the_extra(order.kind)
    work = workplace.work_folder()
    folder = workplace.install_folder()
    busy = phrase("Another installation is under way. Try again when it is done.")
    with workplace.told(work.parent):
        folder.mkdir(parents=True, exist_ok=True)
        with workplace.alone(work / "install.lock", 1.0, busy):
            _keep_the_download(folder)
            _make(order, folder, on_step)
            made = models.adopt(folder / BUNDLE, use=use, try_out=try_out)
            shutil.rmtree(folder, ignore_errors=True)
    return made


def command(order: Order, folder: Path) -> list[str]:
    """What makes the bundle in ``folder``."""
    # -P: nothing in the folder where a person happens to be may pass for a library.
    where = () if order.folder is None else ("--folder", str(order.folder.absolute()))
    return [
        *(sys.executable, "-P", "-m", "miso_desktop.export.install", order.model),
        *("--revision", order.revision, "--size", str(order.size)),
        *("--profile", order.profile, "--kind", order.kind, *where),
        *("--work", str(folder), "--tied"),
    ]


def _keep_the_download(folder: Path) -> None:
    """Clear away what one that was killed has left half made."""
    for path in folder.iterdir():
        if path.is_dir() and path.name != DOWNLOAD:
            shutil.rmtree(path, ignore_errors=True)


def _demand_the_extra(kind: str) -> None:
    if getattr(sys, "frozen", False):
        raise InstallFailed(
            phrase(
                "This MISO is without the libraries that make a model of a checkpoint. Run `miso "
                "models install` in a MISO that pip installed, on any machine, then "
                "`miso models export`, and here: miso models add FILE"
            )
        )
    missing = [name for name in (*NEEDS, *ALSO.get(kind, ())) if find_spec(name) is None]
    if missing:
        raise InstallFailed(
            phrase(
                "Making a model of a checkpoint needs {missing}. Run: {command}\n"
                "Or add one that was made on another machine: miso models add FILE",
                missing=", ".join(missing),
                command=f'{sys.executable} -m pip install "miso-desktop[export]"',
            )
        )


def _make(order: Order, folder: Path, on_step: OnStep) -> None:
    """Run the other process and hear it out."""
    log = folder / LOG
    package = str(Path(__file__).resolve().parent.parent)
    search = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    failure: Phrase | None = None
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command(order, folder),
            env={**os.environ, "PYTHONPATH": search},
            stdin=subprocess.PIPE,  # it ends with us: that tells the other that we are gone
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        )
        with process:
            try:
                assert process.stdout
                for line in process.stdout:
                    failure = _heard(line, on_step) or failure
            except BaseException:
                process.terminate()
                raise
    if failure:
        raise InstallFailed(failure)
    if process.returncode:
        raise _broke_down(process.returncode, log)


def _heard(line: str, on_step: OnStep) -> Phrase | None:
    """Pass a step on; the sentence of a failure comes back."""
    match _json(line):
        case {"error": error}:
            return Phrase.from_json(error)
        case {"stage": "download" | "export" as stage, "done": int(done), "total": int(total)}:
            on_step(stage, done, total)
    return None  # else it is a library that prints


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _broke_down(code: int, log: Path) -> InstallFailed:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    return InstallFailed(
        phrase(
            "Making the model broke down ({detail}). Is there enough memory? "
            "All that was said is in {path}.",
            detail=last.strip() or f"{code}",
            path=str(log),
        ),
        log,
    )
