"""How does the way to a server break? A process that stands before PostgreSQL or Redis and carries, or does not.

`python -m drill.proxy LISTEN TARGET CONTROL`: addresses are `unix:/path` and `tcp:host:port`, CONTROL is the path of a
socket that takes a JSON object a line and answers with the counts so far. Before PostgreSQL, TLS must be off: an
answer to COMMIT is known by its bytes. Next: proxy_control.py, the other end of the control socket.
"""

import asyncio
import json
import socket
import struct
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.lifeline import follow_parent

COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
"""PostgreSQL's CommandComplete of a COMMIT: type, length, tag."""

CHUNK = 65_536
SLICES = 20
"""Pieces a second that a slow link carries."""

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


@dataclass(slots=True)
class Mode:
    """How data is carried: `pass`, `delay` (amount: seconds a piece), `slow` (bytes a second), `blackhole` (held until
    it heals), `refuse` (nobody listens), `cut-after` (bytes from the server, then one link is cut), `cut-on-commit`
    (`times` answers to COMMIT are lost, each with its connection)."""

    name: str = "pass"
    amount: float = 0.0
    times: int = 0


class Link:
    """One client and its way to the server."""

    def __init__(self, proxy: "Proxy", client: Writer, server: Writer) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._tail = b""
        self.is_half = False

    async def to_server(self, reader: Reader) -> None:
        """Carry what the client says."""
        while data := await reader.read(CHUNK):
            if not self.is_half:
                await self._proxy.hinder(data, self._server)

    async def to_client(self, reader: Reader) -> None:
        """Carry what the server answers, or cut."""
        while data := await reader.read(CHUNK):
            mode = self._proxy.mode
            if mode.name == "cut-after" and (left := int(mode.amount)) < len(data):
                self._client.write(data[:left])
                await self._client.drain()
                self._proxy.spent("cut_short")
                return self.cut()
            if mode.name == "cut-after":
                mode.amount -= len(data)
            if mode.name == "cut-on-commit" and COMMITTED in self._tail + data:
                self._proxy.spent("commits_lost")
                return self.cut()
            self._tail = data[-len(COMMITTED) :]
            await self._proxy.hinder(data, self._client)
        return None

    def cut(self) -> None:
        """End both sides at once, by RST where there is one."""
        for writer in (self._client, self._server):
            _reset(writer)

    def halve(self) -> None:
        """End the server's side alone; the client hears nothing."""
        self.is_half = True
        _reset(self._server)


class Proxy:
    """The links, and how they are to carry now."""

    def __init__(self, listen: str, target: str) -> None:
        self.mode = Mode()
        self.counts: Counter[str] = Counter()
        self._listen = listen
        self._target = target
        self._links: set[Link] = set()
        self._open = asyncio.Event()
        self._listener: asyncio.Server | None = None

    async def command(self, words: dict[str, object]) -> dict[str, int]:
        """Do what the control socket says: strike the live links (`cut`, `half-open`), or change the mode."""
        match words.get("do"):
            case "cut":
                self._strike("cut", Link.cut)
            case "half-open":
                self._strike("half_open", Link.halve)
            case "mode":
                await self._change(Mode(str(words["mode"]), float(str(words["amount"])), int(str(words["times"]))))
        return {**self.counts, "live": len(self._links)}

    def _strike(self, what: str, how: Callable[[Link], None]) -> None:
        for link in [link for link in self._links if not link.is_half]:
            how(link)
            self.counts[what] += 1

    async def _change(self, mode: Mode) -> None:
        self.mode = mode
        if mode.name == "blackhole":
            self._open.clear()
        else:
            self._open.set()
        if mode.name == "pass":
            # As when a host is up again that knows nothing of the connection: the next packet is answered by RST.
            for link in [link for link in self._links if link.is_half]:
                link.cut()
        if mode.name == "refuse":
            await self._stop_listening()
        elif self._listener is None:
            await self.listen()

    async def listen(self) -> None:
        """Take connections."""
        self._open.set()
        self._listener = await _serve(self._listen, self._accept)

    async def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def spent(self, what: str) -> None:
        """Count a cut of the mode; after the last one it passes again."""
        self.counts[what] += 1
        self.mode.times -= 1
        if self.mode.times <= 0:
            self.mode = Mode()

    async def hinder(self, data: bytes, writer: Writer) -> None:
        """Carry `data` as the mode says."""
        mode = self.mode
        if mode.name == "blackhole":
            self.counts["held"] += 1
            await self._open.wait()
        elif mode.name == "delay":
            self.counts["delayed"] += 1
            await asyncio.sleep(mode.amount)
        elif mode.name == "slow":
            self.counts["slowed"] += 1
            size = max(1, int(mode.amount / SLICES))
            while self.mode is mode and data:
                writer.write(data[:size])
                data = data[size:]
                await asyncio.sleep(1 / SLICES)
        writer.write(data)
        await writer.drain()

    async def _accept(self, from_client: Reader, client: Writer) -> None:
        self.counts["connections"] += 1
        try:
            if not self._open.is_set():
                self.counts["held"] += 1
            await self._open.wait()
            from_server, server = await _connect(self._target)
        except OSError:
            self.counts["unreachable"] += 1
            return _reset(client)
        link = Link(self, client, server)
        self._links.add(link)
        try:
            await self._carry(link, from_client, from_server)
        finally:
            self._links.discard(link)
            for writer in (client, server):
                writer.close()
        return None

    async def _carry(self, link: Link, from_client: Reader, from_server: Reader) -> None:
        """Until one side ends; then the other one is told. A link that lost its server alone waits for its client."""
        up = asyncio.create_task(_until_lost(link.to_server(from_client)))
        down = asyncio.create_task(_until_lost(link.to_client(from_server)))
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        if link.is_half:
            await up
        for task in (up, down):
            task.cancel()
        await asyncio.gather(up, down, return_exceptions=True)


async def _until_lost(carrying: Awaitable[None]) -> None:
    with suppress(OSError):
        await carrying


def _reset(writer: Writer) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.family != socket.AF_UNIX:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _connect(address: str) -> tuple[Reader, Writer]:
    kind, _, where = address.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(where)
    host, _, port = where.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def _serve(address: str, accept: Callable[[Reader, Writer], Awaitable[None]]) -> asyncio.Server:
    kind, _, where = address.partition(":")
    if kind == "unix":
        Path(where).unlink(missing_ok=True)
        return await asyncio.start_unix_server(accept, where)
    host, _, port = where.rpartition(":")
    return await asyncio.start_server(accept, host, int(port))


async def main(listen: str, target: str, control: str) -> None:
    """Carry until the process is ended."""
    proxy = Proxy(listen, target)
    await proxy.listen()

    async def obey(reader: Reader, writer: Writer) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(await proxy.command(json.loads(line))).encode() + b"\n")
            await writer.drain()
        writer.close()

    controller = await _serve(f"unix:{control}", obey)
    await controller.serve_forever()


if __name__ == "__main__":
    follow_parent()
    asyncio.run(main(*sys.argv[1:4]))
