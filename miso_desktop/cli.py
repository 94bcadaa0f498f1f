"""``miso``: the same abilities in a terminal; JSON Lines for programs.

Results go to standard output, progress and messages to standard error. The exit code
is 0, 1 if any input failed, 2 for wrong use, 130 if it was interrupted.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from miso_desktop import __version__, models_cli, paths, settings
from miso_desktop.errors import MisoError
from miso_desktop.phrases import system_language, tr, use_language
from miso_desktop.values import Genre


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    if getattr(sys, "frozen", False):
        import multiprocessing

        multiprocessing.freeze_support()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    use_language(settings.load(paths.settings_file()).language or system_language())
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        options = parser.parse_args(["window"])
    if options.command == "read" and not (options.photos or (options.text or "").strip()):
        parser.error(tr("read needs a photo, or --text"))

    try:
        if options.command == "window":  # at once: the other commands bring NumPy with them
            gc.disable()  # until the window stands; there is no garbage worth the wait
            from miso_desktop import ui

            shown = ui.load().run(options.library, options.photos, options.music)
            return int(shown)
        from miso_desktop import commands

        if options.command == "models":
            return models_cli.run(options)
        return int(getattr(commands, options.command)(options))
    except MisoError as error:
        print(f"miso: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output went away: not our failure
        sys.stdout = None
        return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    parser = argparse.ArgumentParser(
        prog="miso",
        description=tr("MISO finds the music for a photo. Without a command, the window."),
    )
    parser.add_argument("--version", action="version", version=f"MISO {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    window = commands.add_parser("window", help=tr("open the window (also: no command)"))
    window.add_argument(
        "photos", nargs="*", type=Path, metavar="PHOTO", help=tr("or a model to add (.miso)")
    )
    window.add_argument("--music", type=Path, metavar="FOLDER")
    _library(window)

    read = commands.add_parser("read", help=tr("say the mood of photos"))
    read.add_argument("photos", nargs="*", type=Path, metavar="PHOTO")
    read.add_argument("--text", help=tr("a sentence in place of the caption"))
    read.add_argument(
        "--language-models",
        type=_model_server,
        metavar="URL",
        help=tr("ask the language models of a server on this machine, such as Ollama's"),
    )
    read.add_argument(
        "--model", action="append", metavar="NAME", help=tr("one of its models (several: again)")
    )
    _json(read)

    tag = commands.add_parser("tag", help=tr("say the mood of music files"))
    tag.add_argument("tracks", nargs="+", type=Path, metavar="AUDIO")
    _json(tag)

    scan = commands.add_parser("scan", help=tr("add music folders to the library"))
    scan.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    scan.add_argument(
        "--retry", action="store_true", help=tr("try the files again that failed before")
    )
    _library(scan)
    _json(scan)

    queue = commands.add_parser("queue", help=tr("choose tracks for a photo"))
    queue.add_argument("photo", type=Path, metavar="PHOTO")
    _choice(queue)
    output = queue.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help=tr("JSON Lines"))
    output.add_argument("--m3u", type=Path, metavar="FILE", help=tr("write a playlist"))

    play = commands.add_parser("play", help=tr("play tracks, or the queue of a photo"))
    play.add_argument("inputs", nargs="+", type=Path, metavar="PHOTO|TRACK")
    play.add_argument("--seconds", type=float, metavar="N", help=tr("stop after so long"))
    _choice(play)
    _json(play)

    learned = commands.add_parser("learned", help=tr("what MISO has learned from your corrections"))
    learned.add_argument(
        "--forget", action="store_true", help=tr("forget it; the corrections stay")
    )
    _library(learned)
    _json(learned)

    models_cli.add_parser(commands)

    doctor = commands.add_parser("doctor", help=tr("what works on this machine"))
    _json(doctor)

    demo = commands.add_parser("demo", help=tr("the whole job on the demo, in the terminal"))
    demo.add_argument("--photo", type=Path, metavar="PHOTO", help=tr("your photo"))
    demo.add_argument("--music", type=Path, metavar="FOLDER", help=tr("your music"))
    demo.add_argument(
        "--seconds", type=float, default=5.0, metavar="N", help=tr("of the first track")
    )
    demo.add_argument("--picture", type=Path, metavar="FILE", help=tr("a picture of the window"))
    return parser


def _library(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--library", type=Path, metavar="FILE", help=tr("a library of its own"))


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=tr("JSON Lines"))


def _choice(parser: argparse.ArgumentParser) -> None:
    _library(parser)
    parser.add_argument("--genre", choices=[g.value for g in Genre], default=Genre.ANY.value)
    parser.add_argument("--count", type=_positive, default=20, metavar="N")
    parser.add_argument("--seed", type=int, metavar="N", help=tr("the same queue again"))


def _model_server(address: str) -> str:
    from miso_desktop import loopback

    try:
        loopback.parse(address)
    except loopback.NotLoopback:
        raise argparse.ArgumentTypeError(
            tr("{address} is not an http address on this machine", address=address)
        ) from None
    return address


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(tr("{number} is not a positive number", number=text))
    return number


if __name__ == "__main__":
    sys.exit(main())
