"""Model bundles: find, verify, load.

A bundle is a folder with ``manifest.json``, ``CARD.md`` and the files the manifest
names with their SHA-256. The person's own folder goes before the shipped one, so
that an installed bundle replaces a shipped bundle of the same name.

Sessions are single-threaded and do not spin: several workers run side by side, and
spinning threads make each other ten times slower.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miso_desktop import paths
from miso_desktop.errors import BundleError
from miso_desktop.phrases import phrase

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MANIFEST = "manifest.json"
FORMAT = 1


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
    """

    name: str
    version: str
    folder: Path
    files: Mapping[str, str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    licence: str = ""
    sources: tuple[str, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

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

    def session(self, name: str) -> InferenceSession:
        """Load one of the bundle's ONNX files for one thread of the processor.

        Raises
        ------
        BundleError
            If ONNX Runtime refuses the file.
        """
        try:
            return open_session(self.file(name))
        except BundleError:
            raise
        except Exception as error:  # ONNX Runtime raises classes of its own without a common base
            raise _broken(self.folder, f"{name}: {error}") from error


def find(name: str) -> Bundle | None:
    """The bundle of that name that is in use, verified; None where none is installed.

    Raises
    ------
    BundleError
        If every folder of that name is broken.
    """
    failure: BundleError | None = None
    for root in paths.bundle_roots():
        if (root / name / MANIFEST).is_file():
            try:
                return load(root / name)
            except BundleError as error:
                failure = error
    if failure:
        raise failure
    return None


def require(name: str) -> Bundle:
    """Like :func:`find`, but a missing bundle is an error too."""
    bundle = find(name)
    if bundle is None:
        raise BundleError(
            phrase(
                'The model "{name}" is not installed. '
                "Install MISO again, or copy the folder to {folder}.",
                name=name,
                folder=str(paths.bundle_roots()[0] / name),
            )
        )
    return bundle


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
            name=manifest["name"],
            version=manifest["version"],
            folder=folder,
            files={name: entry["sha256"] for name, entry in manifest["files"].items()},
            parameters=manifest.get("parameters", {}),
            licence=manifest["licence"],
            sources=tuple(manifest["sources"]),
            figures=manifest.get("figures", {}),
        )
        for name, expected in bundle.files.items():
            if sha256(folder / name) != expected:
                raise _broken(folder, f"{name} is not the file that the manifest describes")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(folder, f"{type(error).__name__}: {error}") from error
    return bundle


def open_session(model: Path) -> InferenceSession:
    """An ONNX Runtime session of one thread that sleeps while it waits."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def write_manifest(
    folder: Path,
    *,
    name: str,
    version: str,
    licence: str,
    sources: list[str],
    parameters: Mapping[str, Any],
    figures: Mapping[str, Any],
) -> None:
    """Describe the files that lie in ``folder``; the training commands end with this."""
    files = {
        path.name: {"sha256": sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in (MANIFEST, "CARD.md")
    }
    manifest = {
        "format": FORMAT,
        "name": name,
        "version": version,
        "licence": licence,
        "sources": sources,
        "files": files,
        "parameters": parameters,
        "figures": figures,
    }
    (folder / MANIFEST).write_text(
        json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def sha256(path: Path) -> str:
    """Checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _broken(folder: Path, detail: str) -> BundleError:
    return BundleError(
        phrase(
            'The model "{name}" is damaged ({detail}). Install MISO again, or delete {folder}.',
            name=folder.name,
            detail=detail,
            folder=str(folder),
        ),
        folder,
    )
