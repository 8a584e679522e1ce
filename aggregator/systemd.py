"""Tells systemd how a service is: sd_notify(3), a datagram to the socket that NOTIFY_SOCKET names.

    Notifier(environ).ready() | reloading() | stopping() | alive()       nothing happens where systemd does not listen

`alive` is the watchdog's: systemd restarts the service when it does not come within WATCHDOG_USEC. It is called by what must not
hang, not by a timer of its own, which would go on beside a tick that hangs.
"""

import contextlib
import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """One service's line to systemd. Sending never blocks and never fails the service."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # An abstract socket's name begins with a zero byte, which systemd writes as @.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        pid = environ.get("WATCHDOG_PID", "")
        self._watched = environ.get("WATCHDOG_USEC", "").isdigit() and pid in ("", str(os.getpid()))

    def ready(self) -> None:
        """The start, or a reload, is done."""
        self._send("READY=1")

    def reloading(self) -> None:
        """A reload begins; `ready` ends it. The time is what Type=notify-reload wants."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self, *, seconds: int | None = None) -> None:
        """The end begins. It may take so many `seconds`; None: as many as the unit says."""
        self._send("STOPPING=1" if seconds is None else f"STOPPING=1\nEXTEND_TIMEOUT_USEC={seconds * 1_000_000}")

    def alive(self) -> None:
        """Still working; sent only where the unit has WatchdogSec=."""
        if self._watched:
            self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if self._address.startswith(("/", "\0")):
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.setblocking(False)
                line.sendto(message.encode(), self._address)
