"""Fetch a checkpoint from a hub, whole and as the hub describes it.

The transfer is huggingface_hub's, which goes on where a broken connection left off.
Only the files that the export reads are fetched, all of the one commit that the
revision named when it began, and each is compared with the checksum that the hub gives
for it: SHA-256 of large files, git's own of small ones.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Read when the library is imported: plain HTTP can be resumed and checked as it is, and
# nobody is told who installs what.
os.environ["HF_HUB_DISABLE_XET"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", "30")
os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", "30")

from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import disable_progress_bars
from requests.exceptions import RequestException

from miso_desktop.errors import InstallFailed
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.progress import OnBytes
from miso_desktop.workplace import demand_room

CONFIG = "config.json"
SMALL = (
    CONFIG,
    "generation_config.json",
    "merges.txt",
    "preprocessor_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
)
"""What the export reads beside the weights; those that are not there are not needed."""

WEIGHTS = ("model.safetensors", "pytorch_model.bin")
"""The first that is there."""

MAX_SMALL = 32 << 20

LIMIT_S = 30.0
TRIES = 2
"""How often in a row a try may bring nothing."""

PAUSE_S = 1.0

ENDPOINT = constants.ENDPOINT
"""The hub: ``HF_ENDPOINT``, or huggingface.co."""

# The library holds so much in memory, and loses it where a connection breaks: 10 MB.
constants.DOWNLOAD_CHUNK_SIZE = 1 << 18

disable_progress_bars()  # we show our own


@dataclass(frozen=True)
class Remote:
    """One file as the hub describes it; ``checksum`` is SHA-256, or git's SHA-1."""

    name: str
    size: int
    checksum: str


@dataclass(frozen=True)
class Plan:
    """What is fetched: files of one commit of a model, the smallest first."""

    model: str
    commit: str
    files: tuple[Remote, ...]

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(file.size for file in self.files)

    @property
    def weights(self) -> Remote:
        """The largest of all."""
        return next(file for file in self.files if file.name in WEIGHTS)


def plan(model: str, revision: str) -> Plan:
    """Ask the hub which files there are.

    Raises
    ------
    InstallFailed
        If it cannot be reached, has no such model or revision, does not give it to
        everybody, or the model is in another layout.
    """
    with told(model, revision):
        api = HfApi(endpoint=ENDPOINT)
        info = api.model_info(model, revision=revision, files_metadata=True, timeout=LIMIT_S)
    there = {sibling.rfilename: sibling for sibling in info.siblings or ()}
    weights = next((name for name in WEIGHTS if name in there), None)
    known = re.fullmatch("[0-9a-f]{40}", info.sha or "")
    if weights is None or CONFIG not in there or not known:
        raise InstallFailed(
            phrase(
                "{model} is in no layout that MISO knows: it needs {config}, and {weights} "
                "in one piece.",
                model=model,
                config=CONFIG,
                weights=WEIGHTS[0],
            )
        )
    files = [_described(there[name], model) for name in (*SMALL, weights) if name in there]
    return Plan(model, known[0], tuple(sorted(files, key=lambda file: file.size)))


def fetch(plan: Plan, folder: Path, on_bytes: OnBytes, *, spare: int = 0) -> None:
    """Fetch what is not there yet, and verify everything.

    Parameters
    ----------
    plan : Plan
        What to fetch.
    folder : Path
        Where to; what an earlier call has left there is used.
    on_bytes : callable
        Hears of the progress, from another thread.
    spare : int
        Bytes that must be free on the disk afterwards.

    Raises
    ------
    InstallFailed
        If the connection breaks and does not come back, or a file is not the one that the
        hub describes. What came so far stays and is used by the next call; what is wrong
        is deleted.
    OSError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    demand_room(folder, max(0, plan.size - _lying(folder)) + spare)
    with _watching(folder, plan.size, on_bytes):
        for file in plan.files:
            _fetch(plan, file, folder)


def verify(file: Remote, path: Path) -> None:
    """Compare a file with what the hub says of it.

    Raises
    ------
    InstallFailed
        If it is another. It is deleted then.
    """
    size = path.stat().st_size
    if len(file.checksum) == 64:
        digest = hashlib.sha256()
    else:  # of git: a header goes first
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    if digest.hexdigest() != file.checksum:
        path.unlink()
        raise InstallFailed(
            phrase(
                "{name} is not the file that the hub describes: its checksum differs. It was "
                "deleted. Run the command again to fetch it anew; if that does not help, "
                "something between here and the hub changes files.",
                name=file.name,
            ),
            path,
        )


def _fetch(plan: Plan, file: Remote, folder: Path) -> None:
    """One file; tries again where the connection breaks, as long as something comes."""
    patience = TRIES
    while True:
        before = _lying(folder)
        try:
            with told(plan.model, plan.commit), _consistent(file, folder):
                path = hf_hub_download(
                    plan.model,
                    file.name,
                    revision=plan.commit,
                    local_dir=folder,
                    endpoint=ENDPOINT,
                )
            break
        except ConnectionBroken:
            patience = TRIES if _lying(folder) > before else patience - 1
            if not patience:
                raise
            time.sleep(PAUSE_S)
    verify(file, Path(path))


class ConnectionBroken(InstallFailed):
    """The hub cannot be reached, or the connection broke off."""


@contextmanager
def told(model: str, revision: str) -> Iterator[None]:
    """Tell in a person's words what the hub, or the way to it, answers.

    Raises
    ------
    ConnectionBroken
        If trying again may help.
    InstallFailed
        In every other case.
    """
    at = {"model": model, "hub": ENDPOINT}
    try:
        yield
    except GatedRepoError as error:
        raise InstallFailed(
            phrase(
                "{model} is given only to people who have agreed to its terms. Agree at "
                "{hub}/{model}, run `hf auth login`, then this command again.",
                **at,
            )
        ) from error
    except RepositoryNotFoundError as error:
        raise InstallFailed(phrase("There is no model {model} at {hub}.", **at)) from error
    except RevisionNotFoundError as error:
        raise InstallFailed(
            phrase("{model} has no revision {revision}.", model=model, revision=revision)
        ) from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        raise ConnectionBroken(_unreachable()) from error
    except EntryNotFoundError as error:
        raise InstallFailed(
            phrase("A file of {model} is gone from {hub}. Run the command again.", **at)
        ) from error
    except HfHubHTTPError as error:
        raise InstallFailed(_answered(error)) from error
    except RequestException as error:
        raise ConnectionBroken(_unreachable()) from error
    except (HFValidationError, FileMetadataError) as error:
        raise InstallFailed(
            phrase("{model} cannot be fetched from {hub}: {reason}", **at, reason=str(error))
        ) from error


def _answered(error: HfHubHTTPError) -> Phrase:
    status = error.response.status_code if error.response is not None else 0
    if status == 404:
        return phrase("{hub} has no such model, or no such file.", hub=ENDPOINT)
    return phrase(
        "{hub} answers {status}. Try again later; what was fetched is kept.",
        hub=ENDPOINT,
        status=status,
    )


def _unreachable() -> Phrase:
    return phrase(
        "{hub} cannot be reached, or the connection broke off. Look after your connection, then "
        "run the command again: it goes on where it was. Without a connection, add a model "
        "that was packed on another machine: miso models add FILE",
        hub=ENDPOINT,
    )


@contextmanager
def _consistent(file: Remote, folder: Path) -> Iterator[None]:
    """Where a file ends too early, it can be gone on with; not where it is too long."""
    try:
        yield
    except OSError as error:
        other_size = "Consistency check failed" in str(error)
        beyond_the_end = getattr(getattr(error, "response", None), "status_code", 0) == 416
        if not (other_size or beyond_the_end):
            raise
        parts = list((folder / ".cache").rglob("*.incomplete"))
        if all(part.stat().st_size < file.size for part in parts):
            raise ConnectionBroken(_unreachable()) from error
        for part in parts:
            part.unlink()
        raise InstallFailed(
            phrase(
                "{name} came with another size than the hub describes. What came was deleted; "
                "run the command again.",
                name=file.name,
            )
        ) from error


def _described(sibling: RepoSibling, model: str) -> Remote:
    checksum = sibling.lfs.sha256 if sibling.lfs else sibling.blob_id
    small = sibling.rfilename in SMALL
    if sibling.size is None or checksum is None or (small and sibling.size > MAX_SMALL):
        raise InstallFailed(
            phrase(
                "The hub does not describe {name} of {model} as it should.",
                name=sibling.rfilename,
                model=model,
            )
        )
    return Remote(sibling.rfilename, sibling.size, checksum)


def _lying(folder: Path) -> int:
    """Bytes that have come so far, finished or not."""
    total = 0
    for path in folder.rglob("*"):
        if path.suffix not in (".metadata", ".lock") and path.is_file():
            try:
                total += path.stat().st_size
            except OSError:  # it was renamed this moment
                continue
    return total


@contextmanager
def _watching(folder: Path, total: int, on_bytes: OnBytes) -> Iterator[None]:
    """Say how much lies there, while it is growing."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            on_bytes(min(_lying(folder), total), total)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    on_bytes(total, total)
