"""The models that are installed: which there are, which are in use; adding and removing.

What is shipped is never changed. The person's own bundles lie in their folder of models,
one folder each, and ``in_use.json`` says which one was chosen for a role. A change is
made beside them, in ``.work``, and comes to be by a rename: whoever looks finds the old
bundle or the new one. Changes of several processes wait for one another; what one that
was killed has left behind is cleared away by the next.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from miso_desktop import bundles, packing, paths
from miso_desktop.atomic import sync_folder, write_text
from miso_desktop.bundles import Bundle
from miso_desktop.errors import BundleError, InstallFailed, MisoError
from miso_desktop.phrases import phrase
from miso_desktop.progress import OnBytes, nobody
from miso_desktop.workplace import alone, demand_room, told, work_folder

WAIT_S = 60.0
"""How long a change waits for another's: unpacking and trying a large model takes seconds."""

_ADDING, _OLD, _REMOVED = "adding", "old", "removed"
"""Below the work folder: a bundle that is being added, one that it takes the place of, and
one that is being removed."""

TryOut = Callable[[Path], None]
"""Uses a bundle's folder once for its purpose; raises :class:`MisoError` where that fails."""


@dataclass(frozen=True)
class Model:
    """One bundle that is installed.

    Attributes
    ----------
    name : str
        Its folder's, by which it is used and removed.
    role : str
        What it can be used as.
    size : int
        Of its files, in bytes.
    own : bool
        The person's own, not a shipped one.
    in_use : bool
        It serves its role.
    fault : BundleError or None
        Why it cannot be used.
    """

    name: str
    role: str
    version: str
    licence: str
    size: int
    folder: Path
    own: bool
    in_use: bool = False
    fault: BundleError | None = None


def installed() -> list[Model]:
    """Every bundle, with its checksums verified; the person's own first."""
    return _survey(None)


def verify() -> list[Model]:
    """Like :func:`installed`, and every network is opened as well."""
    return _survey(bundles.open_networks)


def use(name: str) -> Model:
    """Let a bundle serve its role from now on.

    Raises
    ------
    InstallFailed
        If there is none of that name, or the choice cannot be kept.
    BundleError
        If it is damaged.
    """
    with _changing():
        model = _named(name)
        if model.fault:
            raise model.fault
        _choose(model.role, model.name)
    return _named(name)


def remove(name: str) -> Model:
    """Delete a bundle of the person's own; the shipped one serves its role again.

    Returns
    -------
    Model
        What was removed.

    Raises
    ------
    InstallFailed
        If there is none of that name, it is a shipped one, or it cannot be deleted.
    """
    with _changing() as work:
        model = _named(name)
        if not model.own:
            raise InstallFailed(
                phrase(
                    '"{name}" came with MISO and stays. To have another serve in its place, run: '
                    "miso models use NAME",
                    name=name,
                ),
                model.folder,
            )
        if bundles.is_folder(model.folder):
            model.folder.rename(work / _REMOVED)
        _forget(name)
        shutil.rmtree(work / _REMOVED, ignore_errors=True)  # else the next change does
    return model


def add(
    file: Path, *, use: bool = True, try_out: TryOut | None = None, on_bytes: OnBytes = nobody
) -> Model:
    """Install a packed bundle; one of the same name is replaced.

    Parameters
    ----------
    file : Path
        What ``miso models export`` wrote.
    use : bool
        Let it serve its role at once.
    try_out : callable, optional
        Called with the bundle's folder before it takes its place.
    on_bytes : callable, optional
        Hears of the progress.

    Raises
    ------
    FileMissing
        If there is no such file.
    InstallFailed
        If it is no whole bundle, does not work, another process is changing the models, or
        the folder cannot be written. What was installed is as it was.
    """
    with _changing() as work:
        staged = work / _ADDING
        try:
            with suppress(OSError):  # a file that is not there is told by what reads it
                demand_room(work, file.stat().st_size)
            return _adopt(work, packing.unpack(file, staged, on_bytes), use, try_out)
        finally:
            shutil.rmtree(staged, ignore_errors=True)


def adopt(folder: Path, *, use: bool = True, try_out: TryOut | None = None) -> Model:
    """Install a bundle that was made in the work folder; see :func:`add`."""
    with _changing() as work:
        return _adopt(work, bundles.load(folder), use, try_out)


def export(name: str, out: Path, on_bytes: OnBytes = nobody) -> Path:
    """Pack an installed bundle into one file.

    Parameters
    ----------
    name : str
        Of the bundle.
    out : Path
        The file, or a folder to put it into.
    on_bytes : callable, optional
        Hears of the progress.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InstallFailed
        If there is none of that name, or the file cannot be written.
    BundleError
        If it is damaged.
    """
    model = _named(name)
    file = out / (name + packing.SUFFIX) if bundles.is_folder(out) else out
    with told(file):
        packing.pack(bundles.load(model.folder), file, on_bytes)
    return file


@contextmanager
def _changing() -> Iterator[Path]:
    """The work folder, to be changed by nobody else meanwhile."""
    work = work_folder()
    busy = phrase("Another MISO is changing the models just now. Try again when it is done.")
    with told(work.parent):
        work.mkdir(parents=True, exist_ok=True)
        with alone(work / "lock", WAIT_S, busy):
            _clear_away(work)
            yield work


def _clear_away(work: Path) -> None:
    """Undo what a change that was killed has left half done."""
    for name in (_ADDING, _REMOVED):
        shutil.rmtree(work / name, ignore_errors=True)
    for aside in (work / _OLD).glob("*"):
        if not bundles.is_folder(work.parent / aside.name):
            aside.rename(work.parent / aside.name)
    shutil.rmtree(work / _OLD, ignore_errors=True)


def _adopt(work: Path, bundle: Bundle, use: bool, try_out: TryOut | None) -> Model:
    if not bundles.is_plain(bundle.name) or bundle.name.casefold() == bundles.IN_USE:
        raise InstallFailed(phrase("{name} may not be a model's name.", name=repr(bundle.name)))
    if try_out:
        _demand_that_it_works(bundle, try_out)
    place, aside = work.parent / bundle.name, work / _OLD / bundle.name
    if bundles.is_folder(place):
        aside.parent.mkdir(exist_ok=True)
        place.rename(aside)
    try:
        bundle.folder.rename(place)
        sync_folder(place.parent)
        if use:
            _choose(bundle.role, bundle.name)
    except BaseException:
        if bundles.is_folder(place):
            place.rename(bundle.folder)
        if bundles.is_folder(aside):
            aside.rename(place)
        raise
    shutil.rmtree(aside.parent, ignore_errors=True)
    return _named(bundle.name)


def _demand_that_it_works(bundle: Bundle, try_out: TryOut) -> None:
    try:
        try_out(bundle.folder)
    except MisoError as error:
        why = phrase("{detail}", detail=error.detail) if isinstance(error, BundleError) else None
        raise InstallFailed(
            phrase(
                '"{name}" was not added, for it does not work here: {reason}',
                name=bundle.name,
                reason=why or error.message,
            )
        ) from error


def _named(name: str) -> Model:
    """The person's own bundle of that name, else the shipped one."""
    models = installed()
    for model in models:
        if model.name == name:
            return model
    raise InstallFailed(
        phrase(
            'There is no model "{name}". There are: {names}.',
            name=name,
            names=", ".join(dict.fromkeys(model.name for model in models)),
        )
    )


def _choose(role: str, name: str) -> None:
    chosen = {**_choices(), role: name}
    if role == name:  # what serves without a choice
        del chosen[role]
    _keep(chosen)


def _forget(name: str) -> None:
    chosen = _choices()
    if name in chosen.values():
        _keep({role: other for role, other in chosen.items() if other != name})


def _choices() -> dict[str, str]:
    try:
        return bundles.choices()
    except BundleError:  # what cannot be read is replaced
        return {}


def _keep(chosen: dict[str, str]) -> None:
    path = paths.bundle_roots()[0] / bundles.IN_USE
    write_text(path, json.dumps(chosen, indent=1) + "\n")


def _survey(check: Callable[[Bundle], None] | None) -> list[Model]:
    own, *shipped = paths.bundle_roots()
    chosen = _choices()
    folders = [(folder, root == own) for root in (own, *shipped) for folder in _folders(root)]
    known = {folder.name for folder, _ in folders}
    folders += [(own / name, True) for name in chosen.values() if name not in known]
    models = [_looked_at(folder, mine, check, chosen) for folder, mine in folders]
    whole = {model.folder: model for model in models if not model.fault}
    serving = set()
    for role in {model.role for model in models}:
        able = (whole.get(folder) for folder in bundles.candidates(role, chosen.get(role)))
        serving.add(next((m.folder for m in able if m and m.role == role), None))
    return [replace(model, in_use=model.folder in serving) for model in models]


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(f for f in root.iterdir() if f.name[0] != "." and f.is_dir())
    except OSError:
        return []


def _looked_at(
    folder: Path, own: bool, check: Callable[[Bundle], None] | None, chosen: dict[str, str]
) -> Model:
    try:
        bundle = bundles.load(folder)
        if check:
            check(bundle)
    except BundleError as error:
        role = next((r for r, name in chosen.items() if own and name == folder.name), folder.name)
        return Model(folder.name, role, "", "", _size(folder), folder, own, fault=error)
    licence, version = bundle.licence, bundle.version
    return Model(folder.name, bundle.role, version, licence, _size(folder), folder, own)


def _size(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    except OSError:
        return 0
