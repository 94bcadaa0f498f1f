"""HTTP reaches servers on this machine and nothing else, and never waits for ever."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop import loopback
from miso_desktop.loopback import Address, Limits, NotLoopback, Unanswered
from tests import chat_server
from tests.chat_server import Asked, serving

ELSEWHERE = [
    "http://192.0.2.1:11434",
    "http://10.0.0.1",
    "http://0.0.0.0:8080",
    "http://[::]:8080",
    "http://[2001:db8::1]:8080",
    "http://[::ffff:192.0.2.1]:8080",
    "http://[fe80::1%25eth0]:8080",
    "http://example.org:11434",
    "http://localhost.example.org",
    "http://127.0.0.1.example.org",
    "http://127.0.0.1@192.0.2.1:80",
    "http://user:word@127.0.0.1",
    "http://192.0.2.1#@127.0.0.1",
    "http://127.0.0.1\\@192.0.2.1",
    "http://127.1",
    "http://0x7f000001",
    "http://2130706433",
    "http://0127.0.0.1",
    "http://１２７.0.0.1",
    "https://127.0.0.1:443",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "http://127.0.0.1:99999",
    "http://127.0.0.1:port",
    "http://127.0.0.1/\r\nHost: 192.0.2.1",
    "http://127.0.0.1/a b",
    "http://127.0.0.1?to=192.0.2.1",
    "http://",
    "",
]


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    """This test talks to a server of its own; the wire still trips on everything else."""
    monkeypatch.setenv("MISO_TRIPWIRE_ALLOWS", "loopback")


def limits(
    seconds: float = 10.0, most: int = 1000, cancel: threading.Event | None = None
) -> Limits:
    return Limits(time.monotonic() + seconds, most, cancel)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_an_address_elsewhere_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(NotLoopback):  # and the tests' wire would trip on a packet
        loopback.parse(address)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://127.0.0.1:11434", Address("127.0.0.1", 11434)),
        ("http://127.8.9.10:1/v1/", Address("127.8.9.10", 1, "/v1")),
        ("http://[::1]:8080", Address("::1", 8080)),
        ("  HTTP://LocalHost:1234/llm ", Address("localhost", 1234, "/llm")),
        ("localhost:1234", Address("localhost", 1234)),
        ("127.0.0.1", Address("127.0.0.1", 80)),
    ],
)
def test_an_address_on_this_machine_is_read(address: str, found: Address) -> None:
    assert loopback.parse(address) == found


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = loopback.parse(text)
    except NotLoopback:
        return
    assert found.host == "localhost" or loopback.is_loopback(found.host)


@given(st.ip_addresses())
def test_loopback_is_what_the_standards_say(ip: object) -> None:
    text = str(ip)
    assert loopback.is_loopback(text) == (text.startswith("127.") or text == "::1")


def test_a_literal_is_not_looked_up() -> None:
    assert loopback.resolve(Address("127.0.0.1", 80)) == ("127.0.0.1",)  # the wire would trip


def looked_up(*hosts: str) -> Callable[..., list[tuple[object, ...]]]:
    return lambda *_, **__: [(0, 0, 0, "", (host, 80)) for host in hosts]


def test_localhost_is_used_only_if_all_of_it_is_on_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = Address("localhost", 80)
    monkeypatch.setattr(socket, "getaddrinfo", looked_up("::1", "127.0.0.1"))
    assert loopback.resolve(here) == ("::1", "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", looked_up("127.0.0.1", "192.0.2.1"))
    with pytest.raises(NotLoopback):
        loopback.resolve(here)
    monkeypatch.setattr(socket, "getaddrinfo", looked_up())
    with pytest.raises(NotLoopback):
        loopback.resolve(here)


def test_a_host_that_was_not_checked_is_not_connected_to() -> None:
    with pytest.raises(NotLoopback):
        loopback.fetch(Address("localhost", 80), ("192.0.2.1",), "/", limits())


class Elsewhere(socket.socket):
    """A connection that has ended up on another machine."""

    def connect(self, place: object) -> None:
        pass

    def getpeername(self) -> tuple[str, int]:
        return "192.0.2.1", 80


def test_the_other_end_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", Elsewhere)
    with pytest.raises(NotLoopback):
        loopback.fetch(Address("127.0.0.1", 80), ("127.0.0.1",), "/", limits())


def test_each_address_is_tried_in_its_own_family(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def refusing(family: socket.AddressFamily, _kind: object) -> socket.socket:
        tried.append(family)
        raise OSError("this machine has no such network")

    monkeypatch.setattr(socket, "socket", refusing)
    with pytest.raises(Unanswered) as caught:
        loopback.fetch(Address("localhost", 80), ("::1", "127.0.0.1"), "/", limits())
    assert caught.value.why == "absent"
    assert tried == [socket.AF_INET6, socket.AF_INET]


def fetch(server: chat_server.ChatServer, found: Limits, body: bytes | None = None) -> bytes:
    address = loopback.parse(server.address + "/api")
    return loopback.fetch(address, loopback.resolve(address), "/thing", found, body)


def echo(asked: Asked) -> None:
    asked.send(asked.path.encode() + b" " + asked.headers["Host"].encode())


@pytest.mark.usefixtures("local")
def test_an_answer_is_read_from_the_checked_address_whatever_proxy_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    with serving(chat_server.prose, on_list=echo) as server:
        port = str(server.server_port).encode()
        assert fetch(server, limits()) == b"/api/thing 127.0.0.1:" + port


@pytest.mark.usefixtures("local")
def test_the_next_address_of_a_name_is_tried() -> None:
    with serving(chat_server.prose, on_list=echo) as server:
        address = loopback.parse(server.address)
        found = loopback.fetch(address, ("127.0.0.2", "127.0.0.1"), "/", limits())
    assert found.startswith(b"/ ")


@pytest.mark.usefixtures("local")
def test_a_server_that_is_not_there() -> None:
    with serving(chat_server.prose) as server:
        address = loopback.parse(server.address)
    with pytest.raises(Unanswered) as caught:
        loopback.fetch(address, ("127.0.0.1",), "/", limits())
    assert caught.value.why == "absent"


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize("place", ["http://192.0.2.1/v1/models", "//192.0.2.1", "/elsewhere"])
def test_a_redirect_is_a_refusal(place: str) -> None:
    def away(asked: Asked) -> None:
        asked.send(b"", 307, Location=place)

    with serving(chat_server.prose, on_list=away) as server, pytest.raises(Unanswered) as caught:
        fetch(server, limits())
    assert (caught.value.why, caught.value.status) == ("refused", 307)
    assert server.requests == ["/api/thing"]


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (chat_server.never, "slow"),
        (chat_server.byte_by_byte, "slow"),
        (chat_server.headers_for_ever, "slow"),
        (chat_server.half, "broken"),
        (chat_server.half_a_chunk, "broken"),
        (chat_server.at_once, "broken"),
        (chat_server.no_http, "broken"),
        (chat_server.error_500, "refused"),
        (chat_server.ten_megabytes, "large"),
        (chat_server.endless, "large"),
    ],
)
def test_what_a_server_may_do_wrong(behaviour: chat_server.Answer, why: str) -> None:
    with serving(chat_server.prose, on_list=behaviour) as server:
        started = time.monotonic()
        with pytest.raises(Unanswered) as caught:
            fetch(server, limits(0.4 if why == "slow" else 10))
        assert time.monotonic() - started < 5
    assert caught.value.why == why


@pytest.mark.usefixtures("local")
def test_a_server_that_takes_nothing_in() -> None:
    """The question is larger than what the system keeps for a reader that never reads."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = Address("127.0.0.1", deaf.getsockname()[1])
        with pytest.raises(Unanswered) as caught:
            loopback.fetch(address, ("127.0.0.1",), "/", limits(0.4), b"x" * (64 << 20))
    assert caught.value.why == "slow"


@pytest.mark.usefixtures("local")
def test_a_wait_can_be_cancelled() -> None:
    cancel = threading.Event()
    with serving(chat_server.prose, on_list=chat_server.never) as server:
        timer = threading.Timer(0.2, cancel.set)
        timer.start()
        started = time.monotonic()
        with pytest.raises(Unanswered) as caught:
            fetch(server, limits(30, cancel=cancel))
        assert time.monotonic() - started < 5
        timer.join()
    assert caught.value.why == "cancelled"
