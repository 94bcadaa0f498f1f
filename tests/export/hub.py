"""A hub of the tests' own on loopback, in the layout of the real one.

Metadata at ``/api/models/...``, files at ``/OWNER/NAME/resolve/COMMIT/FILE`` with the
headers that describe them; large files are redirected to a store, where ranges can be
asked for. It can be told to misbehave.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = "model.safetensors"
LARGE = 50_000
"""Bytes from which on a file lies in the store, as on the hub those under LFS do."""


@dataclass
class Hub:
    """What is served, what was asked, and how to misbehave.

    Attributes
    ----------
    cuts : list of int
        Each answer with the weights ends after so many bytes, until the list is empty.
    """

    files: dict[str, bytes]
    model: str = "someone/blip-image-captioning-tiny"
    gated: bool = False
    status: int = 200
    cuts: list[int] = field(default_factory=list)
    served: dict[str, bytes] = field(default_factory=dict)
    commit: str = COMMIT
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and Range header of each request."""
    before_file: Callable[[], None] = lambda: None
    url: str = ""

    def ranges(self, name: str) -> list[str | None]:
        """The Range headers of the requests for a large file's content."""
        store = f"/store/{sha256(self.files[name])}"
        return [what for method, path, what in self.asked if (method, path) == ("GET", store)]

    def content(self, name: str) -> bytes:
        """What is really sent for a file."""
        return self.served.get(name, self.files[name])


@cache
def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@cache
def git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def read_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Server(ThreadingHTTPServer):
    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hub = hub

    def handle_error(self, *_: object) -> None:
        """Whoever asked may be gone by now."""


def serve(hub: Hub) -> Callable[[], None]:
    """Serve on a free port of loopback; the function that comes back ends it."""
    server = Server(hub)
    server.daemon_threads = False
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


class Handler(BaseHTTPRequestHandler):
    """One request to the hub that its server stands for."""

    server: Server

    @property
    def hub(self) -> Hub:
        return self.server.hub

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, self.headers.get("Range")))
        if self.hub.status != 200:
            self.send(self.hub.status, b"")
        elif self.hub.gated:
            self.send(403, b"", **{"X-Error-Code": "GatedRepo"})
        elif path.startswith("/api/models/"):
            self.answer_api(path.removeprefix("/api/models/"))
        elif path.startswith("/store/"):
            self.answer_store(path.removeprefix("/store/"))
        else:
            self.answer_file(path)

    def answer_api(self, path: str) -> None:
        model, _, revision = path.partition("/revision/")
        if model != self.hub.model:
            self.send(404, b"", **{"X-Error-Code": "RepoNotFound"})
        elif revision not in ("", "main", self.hub.commit):
            self.send(404, b"", **{"X-Error-Code": "RevisionNotFound"})
        else:
            siblings = [_sibling(name, content) for name, content in self.hub.files.items()]
            info = {"id": model, "modelId": model, "sha": self.hub.commit, "siblings": siblings}
            self.send(200, json.dumps(info).encode(), **{"Content-Type": "application/json"})

    def answer_file(self, path: str) -> None:
        start = f"/{self.hub.model}/resolve/{self.hub.commit}/"
        name = path.removeprefix(start)
        if not path.startswith(start) or name not in self.hub.files:
            self.send(404, b"", **{"X-Error-Code": "EntryNotFound"})
            return
        content = self.hub.files[name]
        known = {"X-Repo-Commit": self.hub.commit}
        if len(content) < LARGE:
            self.send(200, self.hub.content(name), ETag=f'"{git_sha1(content)}"', **known)
            return
        known["X-Linked-Size"] = str(len(content))
        known["X-Linked-ETag"] = f'"{sha256(content)}"'
        self.send(302, b"", Location=f"{self.hub.url}/store/{sha256(content)}", **known)

    def answer_store(self, checksum: str) -> None:
        name = next(n for n, content in self.hub.files.items() if sha256(content) == checksum)
        content, start = self.hub.content(name), 0
        self.hub.before_file()
        wanted = self.headers.get("Range")
        headers = {}
        if wanted:
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        cutting = self.hub.cuts and self.command == "GET" and name == WEIGHTS
        cut = self.hub.cuts.pop(0) if cutting else None
        self.send(206 if wanted else 200, content[start:], cut, **headers)

    def send(self, status: int, body: bytes, cut: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[:cut])

    def log_message(self, *_: Any) -> None:
        """Not to the tests' output."""


def _sibling(name: str, content: bytes) -> dict[str, Any]:
    sibling: dict[str, Any] = {"rfilename": name, "size": len(content)}
    if len(content) < LARGE:
        return {**sibling, "blobId": git_sha1(content)}
    # Git itself holds a pointer, whose checksum says nothing of the content.
    lfs = {"sha256": sha256(content), "size": len(content), "pointerSize": 130}
    return {**sibling, "blobId": git_sha1(lfs["sha256"].encode()), "lfs": lfs}
