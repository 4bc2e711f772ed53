"""A TCP proxy between vehicle and broker that makes bad weather: half-open, slow, lossy, cut, deaf."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from random import Random

from benchmarks.no_loss.posted import HOST
from edge_app.telemetry.local_broker import free_port

PUBACK = 4
PIECE_BYTES = 512


@dataclass(slots=True)
class Weather:
    """What happens on the way; may change while connections last."""

    delay_s: float = 0.0  # each piece of up to 512 bytes
    bytes_per_s: float | None = None
    stalled: float = 0.0  # share of the pieces that wait `stall_s`: TCP's face of a lost packet
    stall_s: float = 0.2
    frozen: bool = False  # nothing is forwarded, no socket is closed; only those open already
    swallow_acknowledgements: bool = False
    cut_after: tuple[int, int] | None = None  # bytes upwards, between
    cuts_left: int = 0


@dataclass(slots=True)
class _Link:
    """One connection through the proxy."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    frozen: bool = False
    cut_at: int | None = None


class Proxy:
    """Listens on a port of its own; `shut` refuses connections as an absent broker does."""

    def __init__(self, upstream: int, seed: int = 1, weather: Weather | None = None) -> None:
        self.port = free_port()
        self.weather = weather or Weather()
        self.knocks_s: list[float] = []  # when somebody connected
        self.lets_in = True
        self._upstream = upstream
        self._random = Random(seed)
        self._links: list[_Link] = []
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def open(self) -> None:
        self._call(self._open())

    def shut(self) -> None:
        """Refuse new connections and end the present ones."""
        self._call(self._shut())

    def freeze(self) -> None:
        for link in self._links:
            link.frozen = True

    def close(self) -> None:
        self.shut()
        self._call(_end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _call(self, work: object) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, self.port, backlog=200)

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in self._links:
            _end(link)
        self._links.clear()

    async def _serve(self, down: asyncio.StreamReader, to_down: asyncio.StreamWriter) -> None:
        self.knocks_s.append(time.monotonic())
        link = _Link([to_down])
        if not self.lets_in:
            _end(link)
            return
        weather = self.weather
        if weather.cut_after is not None and weather.cuts_left > 0:
            weather.cuts_left -= 1
            link.cut_at = self._random.randint(*weather.cut_after)
        try:
            up, to_up = await asyncio.open_connection(HOST, self._upstream)
        except OSError:
            _end(link)
            return
        link.writers.append(to_up)
        self._links.append(link)
        both = (
            self._pump(self._cut(down, link), to_up, link),
            self._pump(self._heard(up), to_down, link),
        )
        # Either end closes both.
        tasks = [asyncio.ensure_future(pump) for pump in both]
        try:
            # Cancelled when the proxy closes, which is no error of a connection's.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            _end(link)

    async def _pump(
        self, pieces: AsyncIterator[bytes], writer: asyncio.StreamWriter, link: _Link
    ) -> None:
        with contextlib.suppress(OSError):
            async for piece in pieces:
                await self._weather_the(piece)
                while link.frozen:
                    await asyncio.sleep(0.05)
                writer.write(piece)
                await writer.drain()

    async def _weather_the(self, piece: bytes) -> None:
        weather = self.weather
        wait_s = weather.delay_s
        if weather.bytes_per_s is not None:
            wait_s += len(piece) / weather.bytes_per_s
        if self._random.random() < weather.stalled:
            wait_s += weather.stall_s
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    async def _cut(self, reader: asyncio.StreamReader, link: _Link) -> AsyncIterator[bytes]:
        passed = 0
        while piece := await reader.read(PIECE_BYTES):
            if link.cut_at is not None and passed + len(piece) >= link.cut_at:
                yield piece[: link.cut_at - passed]
                return
            passed += len(piece)
            yield piece

    async def _heard(self, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
        """Whole packets, so that single ones can be swallowed."""
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                packet = await _packet(reader)
                if packet[0] >> 4 == PUBACK and self.weather.swallow_acknowledgements:
                    continue
                yield packet


async def _packet(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(1)
    length = shift = 0
    while True:
        byte = await reader.readexactly(1)
        head += byte
        length |= (byte[0] & 127) << shift
        shift += 7
        if not byte[0] & 128:
            return head + await reader.readexactly(length)


def _end(link: _Link) -> None:
    for writer in link.writers:
        with contextlib.suppress(OSError):
            writer.transport.abort()


async def _end_tasks() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def proxy_to(upstream: int, seed: int = 1, weather: Weather | None = None) -> Iterator[Proxy]:
    proxy = Proxy(upstream, seed, weather)
    proxy.open()
    try:
        yield proxy
    finally:
        proxy.close()
