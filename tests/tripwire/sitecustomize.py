"""Raise on, and write down, every use of an internet socket. Imported by Python itself.

``MISO_TRIPWIRE_ALLOWS=loopback`` lets through what stays on this machine: for tests with a
server of their own.
"""

import os
import socket
import sys
from pathlib import Path


def _stays(host: object) -> bool:
    return os.environ.get("MISO_TRIPWIRE_ALLOWS") == "loopback" and (
        host in {"localhost", "::1"} or str(host).startswith("127.")
    )


def _wire(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        if _stays(arguments[0]):
            return
        what = f"{event} {arguments[0]!r}"
    elif event in {"socket.connect", "socket.bind", "socket.sendto"}:
        family = getattr(arguments[0], "family", None)
        if family not in {socket.AF_INET, socket.AF_INET6} or _stays(arguments[1][0]):
            return
        what = f"{event} {arguments[1]!r}"
    else:
        return
    log = os.environ.get("MISO_TRIPWIRE")
    if log:
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(what + "\n")
        raise RuntimeError(f"MISO is offline, and this is not: {what}")


sys.addaudithook(_wire)
