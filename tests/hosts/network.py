"""Hosts for one city: each with an address of its own, a line to the database server, and a process of `zhuqi`.

Where the machine lets us, a host is a network namespace whose plug can be pulled; else it is one of the loopback
addresses, and pulling the plug cuts its line to the database.
"""
from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.hosts.cable import Cable, laid

ROOT = Path(__file__).parents[2]
PORT = 8000
NET = os.getpid() % 250
"""of this test process, so that two of them at once do not meet"""
OUTSIDE = f"10.77.{NET}.1"
"""where namespaces find the test, and its lines to the database"""
ZHUQI = (sys.executable, "-c", "from app.cli import main; main()")
_NUMBERS = itertools.count()


@dataclass(eq=False)
class Host:
    """A machine with one process. `inside` is what a command is put behind to run there."""
    name: str
    address: str
    role: str
    cable: Cable
    inside: tuple[str, ...] = ()
    plug: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    log: Path = Path(os.devnull)
    process: subprocess.Popen[bytes] | None = None

    def start(self, release: Path = ROOT) -> None:
        """Starts `zhuqi serve` or `zhuqi worker` of a release, as systemd would."""
        extra = ["--workers", "1"] if self.role == "serve" else []
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.inside, *ZHUQI, self.role, "--host", self.address, "--port", str(PORT), *extra], cwd=release,
                env={**os.environ, **self.environment}, stdout=log, stderr=log, start_new_session=True)

    def kill(self) -> None:
        """All of its processes at once, without a word."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, as a service manager sends it; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def cut_off(self) -> None:
        if self.plug is not None:
            _ip("link", "set", self.plug, "down")
        self.cable.cut()

    def reconnect(self) -> None:
        if self.plug is not None:
            _ip("link", "set", self.plug, "up")
        self.cable.mend()

    def ask(self, path: str, timeout: float = 5, **headers: str) -> tuple[int, str]:
        """What it answers: status and text; (0, why) when it does not."""
        try:
            with urlopen(Request(f"http://{self.address}:{PORT}{path}", headers=headers), timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except URLError as error:
            return getattr(error, "code", 0), str(error)
        except OSError as error:
            return 0, str(error)

    def is_ready(self) -> bool:
        return self.ask("/readyz")[0] == 200

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What it has logged of a kind."""
        return [entry for entry in self.logged() if entry["event"] == event]

    def logged(self) -> list[dict[str, Any]]:
        """Every line that is whole: the last one of a killed process may not be."""
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]


@contextmanager
def network(roles: list[str], server: str) -> Iterator[list[Host]]:
    """A host for each role ("serve" or "worker"), on whatever this machine lets us have."""
    with ExitStack() as stack:
        bridge = f"zq{os.getpid() % 100_000}x{next(_NUMBERS)}"
        namespaces = stack.enter_context(_bridge(bridge))
        hosts = []
        for number, role in enumerate(roles, 2):
            name = f"{bridge}n{number}"
            if namespaces:
                address = f"10.77.{NET}.{number}"
                stack.enter_context(_namespace(bridge, name, address))
                cable = stack.enter_context(laid(OUTSIDE, server))
                hosts.append(Host(name, address, role, cable, ("ip", "netns", "exec", name), name))
            else:
                address = f"127.77.{NET}.{number}"
                hosts.append(Host(name, address, role, stack.enter_context(laid(address, server))))
        stack.callback(_kill, hosts)
        yield hosts


def _kill(hosts: list[Host]) -> None:
    for host in hosts:
        if host.process is not None and host.process.poll() is None:
            host.kill()


@contextmanager
def _bridge(name: str) -> Iterator[bool]:
    """A switch that namespaces can be plugged into; False where this machine does not let us."""
    made = shutil.which("ip") is not None and os.geteuid() == 0 and _try("link", "add", name, "type", "bridge")
    usable = (made and _try("addr", "add", f"{OUTSIDE}/24", "dev", name) and _try("link", "set", name, "up")
              and _try("netns", "add", f"{name}probe") and _try("netns", "del", f"{name}probe"))
    try:
        yield usable
    finally:
        if made:
            _ip("link", "del", name)


@contextmanager
def _namespace(bridge: str, name: str, address: str) -> Iterator[None]:
    _ip("netns", "add", name)
    try:
        _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", name, "master", bridge, "up")
        _ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            _ip("-n", name, "link", "set", device, "up")
        yield
    finally:
        _try("link", "del", name)  # a namespace lives on for as long as a dying process has something to send
        _ip("netns", "del", name)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


def _try(*arguments: str) -> bool:
    return subprocess.run(["ip", *arguments], check=False, capture_output=True).returncode == 0
