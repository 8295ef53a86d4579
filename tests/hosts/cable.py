"""The line from a host to the database server, which a test can cut and mend."""
from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread, Timer

from app.db import SILENT_MS

CHUNK = 1 << 16


class Cable:
    """Forwards what comes to `address` to the server's socket file. While it is cut it forwards nothing and says
    nothing, as a switch that has lost its power; what was under way then is lost. The server's own keepalives end
    here, so after as long as they take to find out (`silent`, in seconds) the cable hangs up in their stead."""

    def __init__(self, address: str, server: str, silent: float = SILENT_MS / 1000) -> None:
        self._server, self._silent = server, silent
        self._given_up = Timer(silent, self._hang_up_all)
        self._whole = Event()
        self._whole.set()
        self._ends: set[socket.socket] = set()
        self._listening = socket.create_server((address, 0))
        self.port: int = self._listening.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._whole.clear()
        self._given_up = Timer(self._silent, self._hang_up_all)
        self._given_up.daemon = True
        self._given_up.start()

    def mend(self) -> None:
        """The old connections are known to be dead now; new ones go through."""
        self._given_up.cancel()
        self._hang_up_all()
        self._whole.set()

    def close(self) -> None:
        self._listening.close()
        self.mend()

    def _hang_up_all(self) -> None:
        for end in list(self._ends):
            _hang_up(end)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        self._ends.add(near)
        self._whole.wait()
        far = socket.socket(socket.AF_UNIX)
        self._ends.add(far)
        with suppress(OSError):
            far.connect(self._server)
        Thread(target=self._forward, args=(far, near), daemon=True).start()
        self._forward(near, far)

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if not self._whole.is_set():
                    self._whole.wait()
                    break
                target.sendall(data)
        for end in (source, target):
            _hang_up(end)
            self._ends.discard(end)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def laid(address: str, server: str, silent: float = SILENT_MS / 1000) -> Iterator[Cable]:
    cable = Cable(address, server, silent)
    try:
        yield cable
    finally:
        cable.close()
