"""Model bundles: find, verify, load.

A bundle is a folder with ``manifest.json``, ``CARD.md`` and the files the manifest
names with their SHA-256. It serves a *role*: "scene", "captioner", ... A bundle of the
person's own replaces the shipped one if it was chosen for the role
(:mod:`miso_desktop.models`), or has the role's name. Where it is damaged, the next one
serves, and what is wrong is told beside it (:func:`open_first`).

Sessions are single-threaded and do not spin: several workers run side by side, and
spinning threads make each other ten times slower.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from miso_desktop import paths
from miso_desktop.errors import BundleError
from miso_desktop.phrases import phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

T = TypeVar("T")

MANIFEST = "manifest.json"
CARD = "CARD.md"
FORMAT = 1

IN_USE = "in_use.json"
"""Which bundle the person chose for a role; lies in their folder of models."""

UNFIT = (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
"""What reading a file leads to that holds something else than its reader needs."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Bundle:
    """A verified folder of model files.

    Attributes
    ----------
    name, version : str
        As the manifest says.
    folder : Path
        Where it lies.
    files : mapping of str to str
        File name to SHA-256, in hexadecimal.
    parameters : mapping
        What the code that runs the model must know (input size, thresholds, ...).
    licence : str
        SPDX expression.
    sources : tuple of str
        Packages and data sets that it was made from.
    figures : mapping
        What was measured, as printed on the card.
    role : str
        What it can be used as; its name, where the manifest does not say.
    """

    name: str
    version: str
    folder: Path
    files: Mapping[str, str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    licence: str = ""
    sources: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    role: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", self.role or self.name)

    @property
    def used(self) -> tuple[str, str]:
        """Name and version, as a reading notes them."""
        return self.name, self.version

    def file(self, name: str) -> Path:
        """Path of one of the bundle's files."""
        if name not in self.files:
            raise _broken(self.folder, f"{name} is not in the manifest")
        return self.folder / name

    def damaged(self, detail: str) -> BundleError:
        """The error to raise where a file does not hold what its reader needs."""
        return _broken(self.folder, detail)

    @contextmanager
    def reading(self, file: str = "") -> Iterator[None]:
        """Tell what a reader stumbles over as damage of this bundle, or of one of its files.

        Raises
        ------
        BundleError
            In place of the errors of :data:`UNFIT`.
        """
        try:
            yield
        except UNFIT as error:
            what = f"{type(error).__name__}: {error}"
            raise self.damaged(f"{file}: {what}" if file else what) from error

    def session(self, name: str) -> InferenceSession:
        """Load one of the bundle's ONNX files for one thread of the processor.

        Raises
        ------
        BundleError
            If ONNX Runtime refuses the file.
        """
        with self._loading(name) as path:
            return open_session(path)

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Read one of the bundle's ``.npz`` files; raises like :meth:`session`."""
        import numpy as np

        # Opened here: NumPy leaves a file that it cannot read open.
        with self._loading(name) as path, path.open("rb") as file:
            return dict(np.load(file, allow_pickle=False))

    @contextmanager
    def _loading(self, name: str) -> Iterator[Path]:
        path = self.file(name)
        try:
            yield path
        except Exception as error:  # ONNX Runtime's and zip archives' have no common base
            raise _broken(self.folder, f"{name}: {error}") from error


@dataclass(frozen=True)
class Opened(Generic[T]):
    """What serves a role, and what was preferred to it but could not be used.

    Attributes
    ----------
    value : object or None
        Made of the first bundle that is whole; None where there is none.
    faults : tuple of BundleError
        Why each bundle before it was passed over.
    """

    value: T | None
    faults: tuple[BundleError, ...] = ()


def open_first(role: str, make: Callable[[Bundle], T]) -> Opened[T]:
    """Make something of the first bundle that can serve a role.

    Parameters
    ----------
    role : str
        Such as ``"captioner"``.
    make : callable
        Called with a verified bundle; where it raises a :class:`BundleError`, or stumbles
        over what the bundle holds, the next bundle is tried.
    """
    faults: list[BundleError] = []
    try:
        chosen = choices().get(role)
    except BundleError as error:
        chosen = None
        faults.append(error)
    for folder in candidates(role, chosen):
        try:
            bundle = load(folder)
            if bundle.role != role:
                raise _broken(folder, f"it is no {role} but a {bundle.role}")
            with bundle.reading():
                return Opened(make(bundle), tuple(faults))
        except BundleError as error:
            faults.append(error)
    return Opened(None, tuple(faults))


def candidates(role: str, chosen: str | None) -> list[Path]:
    """Folders of the bundles that may serve a role, the preferred one first."""
    roots = paths.bundle_roots()
    folders = [root / role for root in roots if is_folder(root / role)]
    if not chosen or chosen == role:
        return folders
    there = [root / chosen for root in roots if is_folder(root / chosen)]
    return [*(there or [roots[0] / chosen]), *folders]


def choices() -> dict[str, str]:
    """What the person chose: a bundle's name for a role.

    Raises
    ------
    BundleError
        If the file that says so cannot be read, or says something else.
    """
    path = paths.bundle_roots()[0] / IN_USE
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(stored, dict) or not all(map(is_plain, stored.values())):
            raise ValueError("it holds something else")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(
            phrase(
                "{path} cannot be read ({detail}), so the usual models are used. "
                "Choose again: `miso models use NAME`.",
                path=str(path),
                detail=str(error),
            ),
            path,
        ) from error
    return stored


def find(role: str) -> Bundle | None:
    """The bundle that serves a role, verified; None where none is installed.

    Raises
    ------
    BundleError
        If every bundle that might serve is broken.
    """
    opened = open_first(role, lambda bundle: bundle)
    if opened.value is None and opened.faults:
        raise opened.faults[-1]
    return opened.value


def stamp() -> int:
    """A number that changes with every change of the person's bundles."""
    try:
        return paths.bundle_roots()[0].stat().st_mtime_ns
    except OSError:
        return 0


def require(name: str) -> Bundle:
    """Like :func:`find`, but a missing bundle is an error too."""
    bundle = find(name)
    if bundle is None:
        raise missing(name)
    return bundle


def missing(role: str) -> BundleError:
    """The error where nothing that can serve a role is installed."""
    return BundleError(
        phrase(
            'The model "{name}" is not installed. '
            "Install MISO again, or copy the folder to {folder}.",
            name=role,
            folder=str(paths.bundle_roots()[0] / role),
        )
    )


def load(folder: Path) -> Bundle:
    """Read a manifest and verify every file that it names.

    Raises
    ------
    BundleError
        If the manifest cannot be read, a file is missing, or a checksum differs.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise _broken(folder, f"form {manifest['format']}, known is {FORMAT}")
        bundle = Bundle(
            name=_text(manifest["name"]),
            version=_text(manifest["version"]),
            folder=folder,
            files={_file_name(n): _text(e["sha256"]) for n, e in manifest["files"].items()},
            parameters=manifest.get("parameters", {}),
            licence=_text(manifest["licence"]),
            sources=tuple(map(_text, manifest["sources"])),
            figures=manifest.get("figures", {}),
            role=_text(manifest.get("role", "")),
        )
        for name, expected in bundle.files.items():
            if sha256(folder / name) != expected:
                raise _broken(folder, f"{name} is not the file that the manifest describes")
    except OSError as error:
        missing = isinstance(error, FileNotFoundError) and error.filename
        detail = f"{Path(error.filename).name} is missing" if missing else str(error)
        raise _broken(folder, detail) from error
    except UNFIT as error:
        raise _broken(folder, f"{type(error).__name__}: {error}") from error
    return bundle


def is_plain(name: object) -> bool:
    """Whether a name from a file may name a file: it leads to no other folder."""
    return isinstance(name, str) and bool(_PLAIN.fullmatch(name))


def is_folder(path: Path) -> bool:
    """Whether a folder is there; one that may not be looked at is not."""
    try:
        return path.is_dir()
    except OSError:
        return False


def open_session(model: Path) -> InferenceSession:
    """An ONNX Runtime session of one thread that sleeps while it waits."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # A block as large as a whole run's needs, kept beside those of the first run: it makes
    # nothing faster here, and costs 28 MB with BLIP.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def open_networks(bundle: Bundle) -> None:
    """Load every network of a bundle, to see whether it can be.

    Raises
    ------
    BundleError
        If one cannot.
    """
    for name in bundle.files:
        if name.endswith(".onnx"):
            bundle.session(name)


def write_manifest(
    folder: Path,
    *,
    name: str,
    version: str,
    licence: str,
    sources: list[str],
    parameters: Mapping[str, Any],
    figures: Mapping[str, Any],
    role: str = "",
) -> None:
    """Describe the files that lie in ``folder``; the training commands end with this.

    A bundle whose name is not its role's names the role.
    """
    files = {
        path.name: {"sha256": sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in (MANIFEST, CARD)
    }
    manifest = {
        "format": FORMAT,
        "name": name,
        **({"role": role} if role else {}),
        "version": version,
        "licence": licence,
        "sources": sources,
        "files": files,
        "parameters": parameters,
        "figures": figures,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def rewrite_manifest(
    bundle: Bundle, parameters: Mapping[str, Any], figures: Mapping[str, Any]
) -> None:
    """Describe a bundle anew after files were added, with further parameters and figures."""
    write_manifest(
        bundle.folder,
        name=bundle.name,
        version=bundle.version,
        licence=bundle.licence,
        sources=list(bundle.sources),
        parameters={**bundle.parameters, **parameters},
        figures={**bundle.figures, **figures},
        role="" if bundle.role == bundle.name else bundle.role,
    )


def sha256(path: Path) -> str:
    """Checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise TypeError(f"{value!r} is no text")
    return value


def _file_name(name: str) -> str:
    if not is_plain(name) or name.casefold() in (MANIFEST.casefold(), CARD.casefold()):
        raise ValueError(f"{name!r} is no name of a model's file")
    return name


def _broken(folder: Path, detail: str) -> BundleError:
    name = folder.name
    if folder.parent == paths.bundle_roots()[0]:
        return BundleError(
            phrase(
                'Your model "{name}" is damaged ({detail}). '
                "Add it again, or remove it: `miso models remove {name}`.",
                name=name,
                detail=detail,
            ),
            folder,
            detail,
        )
    return BundleError(
        phrase(
            'The model "{name}" is damaged ({detail}). Install MISO again, or delete {folder}.',
            name=name,
            detail=detail,
            folder=str(folder),
        ),
        folder,
        detail,
    )
