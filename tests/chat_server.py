"""A server of language models for tests, on 127.0.0.1. It can misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Asked"], None]


class Asked(BaseHTTPRequestHandler):
    """One request under way, with the means to answer it."""

    server: ChatServer
    question: dict[str, Any]
    """The JSON that was posted."""

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        self.server.on_list(self)

    def do_POST(self) -> None:
        self.server.requests.append(self.path)
        self.question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.questions.append(self.question)
        self.server.on_chat(self)

    def log_message(self, format: str, *args: object) -> None:
        pass

    @property
    def given(self) -> dict[str, Any]:
        """What the last message asks about: the caption, or the head's case."""
        found: dict[str, Any] = json.loads(self.question["messages"][-1]["content"])
        return found

    @property
    def is_head(self) -> bool:
        return "arguments" in self.given

    def send(
        self, body: bytes, status: int = 200, kind: str = "application/json", **headers: str
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say(self, content: object) -> None:
        """Answer as a chat completion."""
        message = {"role": "assistant", "content": content}
        self.send(json.dumps({"choices": [{"index": 0, "message": message}]}).encode())

    def argue(self, mood: str, reason: str = "because", confidence: object = 0.8) -> None:
        """Answer as a model that does as it was told."""
        self.say(json.dumps({"reason": reason, "mood": mood, "confidence": confidence}))


class ChatServer(ThreadingHTTPServer):
    """Serves until it is closed.

    Attributes
    ----------
    requests : list of str
        Paths that were asked for.
    questions : list of dict
        What was posted.
    over : threading.Event
        Set when the server closes, so that nothing that hangs outlives it.
    """

    daemon_threads = False
    block_on_close = True

    def __init__(self, on_chat: Answer, on_list: Answer) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.on_chat = on_chat
        self.on_list = on_list
        self.requests: list[str] = []
        self.questions: list[dict[str, Any]] = []
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is what these tests are about."""


@contextmanager
def serving(
    on_chat: Answer, models: Sequence[str] = ("alpha",), on_list: Answer | None = None
) -> Iterator[ChatServer]:
    """A server in a thread, for as long as the block lasts."""
    names = json.dumps({"object": "list", "data": [{"id": name} for name in models]}).encode()
    server = ChatServer(on_chat, on_list or (lambda asked: asked.send(names)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def never(asked: Asked) -> None:
    """Take the question and say nothing."""
    asked.server.over.wait(30)


def byte_by_byte(asked: Asked) -> None:
    """Begin an answer and go on with it for ever."""
    asked.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
    while not asked.server.over.wait(0.05):
        asked.wfile.write(b" ")


def headers_for_ever(asked: Asked) -> None:
    """Never come to the answer itself."""
    asked.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not asked.server.over.wait(0.05):
        asked.wfile.write(b"x")


def half(asked: Asked) -> None:
    """Close in the middle of what looks like an answer."""
    asked.send_response(200)
    asked.send_header("Content-Length", "1000")
    asked.end_headers()
    asked.wfile.write(b'{"choices": [')


def half_a_chunk(asked: Asked) -> None:
    asked.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{")


def at_once(asked: Asked) -> None:
    """Close without a word."""


def no_http(asked: Asked) -> None:
    asked.wfile.write(b"220 mail.example ready\r\n")


def error_500(asked: Asked) -> None:
    asked.send(b'{"error": "out of memory"}', 500)


def ten_megabytes(asked: Asked) -> None:
    asked.send(b" " * (10 << 20))


def endless(asked: Asked) -> None:
    """No length told, and no end."""
    asked.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not asked.server.over.is_set():
        asked.wfile.write(b" " * 65536)


def bad_json(asked: Asked) -> None:
    asked.send(b'{"choices": [{"message": ')


def deep_json(asked: Asked) -> None:
    asked.send(b'{"choices":' * 20_000)


def not_utf8(asked: Asked) -> None:
    asked.send(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}')


def a_web_page(asked: Asked) -> None:
    asked.send(b"<!doctype html><title>Hello</title>", kind="text/html")


def another_shape(asked: Asked) -> None:
    asked.send(b'{"choices": [], "data": 3}')


def unknown_mood(asked: Asked) -> None:
    asked.argue("hungry")


def prose(asked: Asked) -> None:
    asked.say("I would rather talk about the weather.")
