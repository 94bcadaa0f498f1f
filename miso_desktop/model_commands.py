"""What each action of ``miso models`` does."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from miso_desktop import bundles, models, shapes, workplace
from miso_desktop.errors import BundleError, MisoError
from miso_desktop.models import Model, TryOut
from miso_desktop.phrases import tr
from miso_desktop.progress import OnBytes, each_percent
from miso_desktop.terminal import columns, ljust, percent_line, print_json, rjust, say


def run(options: Namespace) -> int:
    """Run one action; returns the exit code."""
    action = {
        "list": _list,
        "verify": _verify,
        "use": _use,
        "add": _add,
        "remove": _remove,
        "export": _export,
        "install": _install,
    }[options.action]
    try:
        return action(options)
    except MisoError as error:
        if options.json:
            about = getattr(options, "name", None) or getattr(options, "file", None)
            about = about or options.folder or options.model
            print_json(shapes.of_failure("model", Path(about), error))
        raise


def _list(options: Namespace) -> int:
    _show(models.installed(), as_json=options.json)
    left = workplace.install_folder()
    if bundles.is_folder(left):
        say(
            tr(
                "An installation is under way, or was broken off: {path}. "
                "`miso models install` goes on with it; delete the folder to give it up.",
                path=str(left),
            )
        )
    return 0


def _verify(options: Namespace) -> int:
    found = models.verify()
    _show(found, as_json=options.json)
    faults: list[MisoError] = [model.fault for model in found if model.fault]
    try:
        bundles.choices()
    except BundleError as error:
        faults.append(error)
    for fault in faults:
        say(f"miso: {fault}")
    if not faults and not options.json:
        print(tr("All models are whole."))
    return 1 if faults else 0


def _use(options: Namespace) -> int:
    _report(models.use(options.name), as_json=options.json)
    return 0


def _add(options: Namespace) -> int:
    label = tr("Adding {file}", file=options.file.name)
    with _trial() as try_out:
        added = models.add(
            options.file,
            use=not options.keep_current,
            try_out=try_out,
            on_bytes=_progress("add", label, as_json=options.json),
        )
    _report(added, as_json=options.json)
    return 0


def _remove(options: Namespace) -> int:
    removed = models.remove(options.name)
    if options.json:
        print_json({"removed": removed.name})
        return 0
    print(tr("{name} is removed.", name=removed.name))
    for model in models.installed():
        if model.role == removed.role and model.in_use and removed.in_use:
            _report(model, as_json=False)
    return 0


def _export(options: Namespace) -> int:
    label = tr("Packing {name}", name=options.name)
    on_bytes = _progress("export", label, as_json=options.json)
    file = models.export(options.name, options.out, on_bytes)
    size = file.stat().st_size
    if options.json:
        print_json({"name": options.name, "file": str(file), "bytes": size})
    else:
        print(tr("{path} ({size} MB)", path=str(file), size=f"{size / 1e6:.1f}"))
    return 0


def _install(options: Namespace) -> int:
    from miso_desktop.installing import Order, install

    model = options.folder.absolute().name if options.folder else options.model
    order = Order(
        model, options.revision, options.size, options.profile, options.what, options.folder
    )
    label = tr("Fetching {name}", name=model)
    meters = {
        "download": _progress("download", label, as_json=options.json),
        "export": _progress("export", "", as_json=True) if options.json else _teller(options.what),
    }

    def show(stage: str, done: int, total: int) -> None:
        meters[stage](done, total)

    with _trial() as try_out:
        made = install(order, use=not options.keep_current, try_out=try_out, on_step=show)
    _report(made, as_json=options.json)
    return 0


@contextmanager
def _trial() -> Iterator[TryOut]:
    """A worker in which a model is tried: a bad one may eat memory, or never end."""
    from miso_desktop.analysis import Workers

    workers = Workers(1)
    try:
        yield workers.try_out
    finally:
        workers.close()


def _progress(stage: str, label: str, *, as_json: bool) -> OnBytes:
    if not as_json:
        return percent_line(label)
    return each_percent(
        lambda done, total: print_json({"stage": stage, "done": done, "total": total})
    )


def _teller(kind: str) -> OnBytes:
    def tell(done: int, total: int) -> None:
        if done < total and kind == "blip":
            say(tr("Making a captioner of it, and comparing both. This takes some minutes."))
        elif done < total:
            say(tr("Making an emotion model of it, and comparing both. This takes a minute."))

    return tell


def _report(model: Model, *, as_json: bool) -> None:
    if as_json:
        print_json(shapes.of_model(model))
    elif model.in_use:
        print(tr("{name} {version} is in use.", name=model.name, version=model.version))
    else:
        print(
            tr(
                "{name} {version} is installed. To use it: miso models use {name}",
                name=model.name,
                version=model.version,
            )
        )


def _show(found: Sequence[Model], *, as_json: bool) -> None:
    if as_json:
        for model in found:
            print_json(shapes.of_model(model))
        return
    heads = ("", tr("model"), tr("serves"), tr("version"), tr("MB"), "", tr("licence"), "")
    rows: list[tuple[str, ...]] = [heads]
    rows += [_row(model) for model in sorted(found, key=lambda m: (m.role, not m.in_use, m.name))]
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            rjust(cell, width) if place == 4 else ljust(cell, width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def _row(model: Model) -> tuple[str, ...]:
    return (
        "●" if model.in_use else "",
        model.name,
        model.role,
        model.version,
        f"{model.size / 1e6:.1f}",
        tr("yours") if model.own else tr("shipped"),
        model.licence,
        tr("damaged") if model.fault else "",
    )
