"""HTTP to a server on this very machine, and to nothing else.

The one door through which MISO may talk to another program. An address is an IP literal
of the loopback network, or ``localhost``, which is resolved once and only if everything
that it stands for is loopback. The connection goes to the checked address itself, so that
no second look-up can lead elsewhere. Redirects are not followed, proxies in the environment
do not count, every answer has a deadline and a size.
"""

from __future__ import annotations

import contextlib
import io
import ipaddress
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from http.client import HTTPResponse

CONNECT_S = 2.0
"""A server on this machine takes a connection at once, or is not there."""
_LOOK_S = 0.1
"""How often a wait looks whether it was cancelled."""


class NotLoopback(ValueError):
    """The address does not lie on this machine, or is none."""


class Unanswered(Exception):
    """The server did not give an answer that can be used.

    Attributes
    ----------
    why : str
        One of ``"absent"``, ``"slow"``, ``"cancelled"``, ``"large"``, ``"broken"``,
        ``"refused"``.
    status : int
        The HTTP status of a refusal; else 0.
    """

    def __init__(self, why: str, status: int = 0) -> None:
        super().__init__(why, status)
        self.why = why
        self.status = status


@dataclass(frozen=True)
class Address:
    """Where a server listens, as a person wrote it.

    Attributes
    ----------
    host : str
        An IP literal of the loopback network, or ``localhost``.
    port : int
    path : str
        What every request's path begins with; empty, or with a slash in front.
    """

    host: str
    port: int
    path: str = ""


@dataclass(frozen=True)
class Limits:
    """When to give up.

    Attributes
    ----------
    deadline : float
        On the clock of :func:`time.monotonic`, for the whole exchange.
    most_bytes : int
        Size of an answer.
    cancel : threading.Event, optional
        Set it to give up at once.
    """

    deadline: float
    most_bytes: int
    cancel: threading.Event | None = None

    def left(self) -> float:
        """Seconds until the deadline.

        Raises
        ------
        Unanswered
            If it has passed, or the exchange was cancelled.
        """
        if self.cancel is not None and self.cancel.is_set():
            raise Unanswered("cancelled")
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Unanswered("slow")
        return left


def parse(address: str) -> Address:
    """Read an address such as ``http://127.0.0.1:11434``; nothing is looked up.

    Raises
    ------
    NotLoopback
        If it is not plain HTTP to this machine.
    """
    text = address.strip()
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = (parts.hostname or "").lower(), parts.port or 80
    except ValueError as error:
        raise NotLoopback(str(error)) from error
    if parts.scheme != "http" or parts.query or parts.fragment or "@" in parts.netloc:
        raise NotLoopback(address)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise NotLoopback(address)
    if host != "localhost" and not is_loopback(host):
        raise NotLoopback(address)
    return Address(host, port, parts.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Whether an IP literal lies in 127.0.0.0/8 or is ::1."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        return ip == ipaddress.IPv6Address("::1")
    return ip.is_loopback


def resolve(address: Address) -> tuple[str, ...]:
    """The IP addresses to connect to: the literal itself, or what ``localhost`` stands for.

    Raises
    ------
    NotLoopback
        If any of them lies elsewhere.
    Unanswered
        If the name stands for nothing.
    """
    if is_loopback(address.host):
        return (address.host,)
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unanswered("absent") from error
    hosts = tuple(dict.fromkeys(str(place[0]) for *_, place in found))
    if not hosts or not all(map(is_loopback, hosts)):
        raise NotLoopback(f"{address.host} is {', '.join(hosts)}")
    return hosts


def fetch(
    address: Address,
    hosts: tuple[str, ...],
    path: str,
    limits: Limits,
    body: bytes | None = None,
) -> bytes:
    """Send one request and read its answer.

    Parameters
    ----------
    address : Address
        The server's; its host is not looked up again.
    hosts : tuple of str
        From :func:`resolve`; the first that takes the connection is asked.
    path : str
        Below the address's own.
    limits : Limits
        Of the whole exchange.
    body : bytes, optional
        JSON to POST; without it the request is a GET.

    Raises
    ------
    NotLoopback
        If a host is not on this machine; nothing is sent.
    Unanswered
        If no answer came that can be used.
    """
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(hosts[0], address.port)
    connection.auto_open = 0  # it must not connect by itself
    with _connect(hosts, address.port, limits) as line:
        connection.sock = _Line(line, limits)  # as much of a socket as it uses
        headers = {"Connection": "close", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, address.path + path, body, headers)
            return _answer(connection.getresponse(), limits.most_bytes)
        except (HTTPException, OSError, ValueError) as error:
            raise Unanswered("broken") from error


def _connect(hosts: tuple[str, ...], port: int, limits: Limits) -> socket.socket:
    for host in hosts:
        if not is_loopback(host):
            raise NotLoopback(host)
        with contextlib.suppress(OSError):  # nobody listens there, or this machine has no IPv6
            return _opened(host, port, min(CONNECT_S, limits.left()))
    raise Unanswered("absent")


def _opened(host: str, port: int, seconds: float) -> socket.socket:
    line = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.settimeout(seconds)
        line.connect((host, port))
        if not is_loopback(line.getpeername()[0]):
            raise NotLoopback(host)
    except BaseException:
        line.close()
        raise
    return line


def _answer(response: HTTPResponse, most: int) -> bytes:
    if not 200 <= response.status < 300:  # a redirect is a refusal too
        raise Unanswered("refused", response.status)
    expected = response.length
    if expected is not None and expected > most:
        raise Unanswered("large")
    body = response.read(most + 1)
    if len(body) > most:
        raise Unanswered("large")
    if expected is not None and len(body) < expected:
        raise Unanswered("broken")
    return body


class _Line(io.RawIOBase):
    """A connected socket, as far as HTTP needs one, whose every wait keeps the limits.

    Its end is not its own: HTTP "closes" a connection and reads on.
    """

    def __init__(self, line: socket.socket, limits: Limits) -> None:
        self._line = line
        self._limits = limits

    def sendall(self, data: bytes) -> None:
        self._line.settimeout(self._limits.left())
        try:
            self._line.sendall(data)
        except TimeoutError as error:
            raise Unanswered("slow") from error

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What the answer is read from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            self._line.settimeout(min(_LOOK_S, self._limits.left()))
            with contextlib.suppress(TimeoutError):
                return self._line.recv_into(buffer)

    def close(self) -> None:
        """Leave the socket to who opened it."""
