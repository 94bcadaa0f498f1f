"""The grammar of ``miso models``."""

from __future__ import annotations

import argparse
from pathlib import Path

from miso_desktop.phrases import tr

SIZES = (384, 256, 224)
"""Sides of a photo in pixels that BLIP is exported for: the smaller, the faster."""

PROFILES = ("fast", "exact", "full")
"""Weights in 8 bits; in 8 bits where that does not change the captions; as they were."""

BERT_PROFILES = ("fast", "full")

BLIP = "Salesforce/blip-image-captioning-base"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``models`` to the commands."""
    models = commands.add_parser(
        "models",
        help=tr("list, add, check and choose models"),
        description=tr("What is installed, and which model reads your photos."),
    )
    actions = models.add_subparsers(dest="action", metavar="ACTION", required=True)

    _json(actions.add_parser("list", help=tr("which models there are, and which are in use")))
    _json(actions.add_parser("verify", help=tr("check every file, open every network")))

    use = actions.add_parser("use", help=tr("let a model serve from now on"))
    use.add_argument("name", metavar="NAME")
    _json(use)

    add = actions.add_parser("add", help=tr("install a packed model, and use it"))
    add.add_argument("file", type=Path, metavar="FILE")
    _keep_current(add)
    _json(add)

    remove = actions.add_parser("remove", help=tr("delete a model of your own"))
    remove.add_argument("name", metavar="NAME")
    _json(remove)

    export = actions.add_parser("export", help=tr("pack a model into one file"))
    export.add_argument("name", metavar="NAME")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    _json(export)

    _install(actions)


def run(options: argparse.Namespace) -> int:
    """Run one action; returns the exit code."""
    from miso_desktop import model_commands

    return model_commands.run(options)


def _install(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    install = actions.add_parser(
        "install",
        help=tr("make a model of a checkpoint, fetched from the internet, and use it"),
        description=tr(
            "Fetch a checkpoint, make a model of it that MISO can use, compare it with the "
            "original, and use it. The only command that opens a network connection; it needs "
            'the extra "export". Broken off, it goes on where it was.'
        ),
    )
    kinds = install.add_subparsers(dest="what", metavar="KIND", required=True)

    blip = kinds.add_parser("blip", help=tr("describes photos; 1 GB to fetch"))
    blip.add_argument(
        "--size", type=int, choices=SIZES, default=SIZES[0], help=tr("of the photo, in pixels")
    )
    _checkpoint(blip, PROFILES, BLIP)

    bert = kinds.add_parser(
        "bert",
        help=tr("tells emotions; a classifier of your own choice"),
        description=tr(
            "A sequence classifier with labels of GoEmotions, at least one for each mood. It "
            "names the feeling in a caption in place of the text model that came with MISO."
        ),
    )
    _checkpoint(bert, BERT_PROFILES, None)
    bert.set_defaults(size=0)


def _checkpoint(
    parser: argparse.ArgumentParser, profiles: tuple[str, ...], usual: str | None
) -> None:
    """Which checkpoint, and how it is kept; ``usual``: the one that is taken by default."""
    parser.add_argument(
        "--profile", choices=profiles, default=profiles[0], help=tr("of speed against exactness")
    )
    one = parser.add_mutually_exclusive_group(required=usual is None)
    one.add_argument("--model", default=usual, metavar="OWNER/NAME", help=tr("on the hub"))
    one.add_argument("--folder", type=Path, metavar="FOLDER", help=tr("on this machine"))
    parser.add_argument("--revision", default="main", metavar="R", help=tr("of the model"))
    _keep_current(parser)
    _json(parser)


def _keep_current(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keep-current", action="store_true", help=tr("do not use the new one yet")
    )


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=tr("JSON Lines"))
