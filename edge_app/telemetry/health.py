"""How the unit itself fares: what the loop counts, and what the machine says of temperature, memory, disk, time."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_app.telemetry.clock import Instant
from edge_app.telemetry.messages import (
    CommandCountsMessage,
    HealthMessage,
    LatencyMessage,
    OutboxMessage,
)

THERMAL_ZONES = Path("/sys/class/thermal")
MEMORY_PAGES = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class LoopHealth:
    """What the loop tells of itself when asked, over its last minute or so."""

    frame_rate_hz: float
    frames: int  # since start
    frames_dropped: int  # since start
    latency_p50_ms: float  # capture to driver state
    latency_p95_ms: float
    latency_p99_ms: float
    model_bundle: str | None = None


def temperature_celsius(zones: Path = THERMAL_ZONES) -> float | None:
    """The hottest thermal zone; None where the machine tells none."""
    readings = []
    for path in zones.glob("thermal_zone*/temp"):
        try:
            reading = int(path.read_text()) / 1000
        except (OSError, ValueError):
            # Zones of switched-off parts cannot be read: the others still can.
            continue
        if -40 < reading < 150:
            readings.append(reading)
    return max(readings, default=None)


def memory_rss_mb() -> float | None:
    """Resident memory of this process, without its children."""
    try:
        pages = int(MEMORY_PAGES.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def disk_free_mb(path: Path) -> float | None:
    """Room where the outbox lies."""
    try:
        return round(shutil.disk_usage(path.parent).free / 1e6, 1)
    except OSError:
        return None


class HealthReporter:
    """Composes health messages; CPU time is counted from one to the next."""

    def __init__(
        self, outbox_path: Path, versions: Mapping[str, str], boot_id: str, birth_number: int
    ) -> None:
        self._outbox_path = outbox_path
        self._versions = dict(versions)
        self._boot_id = boot_id
        self._birth_number = birth_number
        self._begun_s = time.monotonic()
        self._last_wall_s = self._begun_s
        self._last_cpu_s = time.process_time()

    def compose(
        self,
        now: Instant,
        loop: LoopHealth | None,
        outbox: OutboxMessage,
        commands: CommandCountsMessage | None = None,
    ) -> HealthMessage:
        """Numbered 0: the true sequence number comes when it is stored."""
        return HealthMessage(
            time=now.wall,
            clock_synchronised=now.synchronised,
            boot_id=self._boot_id,
            birth_number=self._birth_number,
            sequence=0,
            historical=False,
            uptime_s=round(now.monotonic_s - self._begun_s, 1),
            frame_rate_hz=None if loop is None else round(loop.frame_rate_hz, 2),
            frames=None if loop is None else loop.frames,
            frames_dropped=None if loop is None else loop.frames_dropped,
            latency_ms=None
            if loop is None
            else LatencyMessage(
                p50=round(loop.latency_p50_ms, 2),
                p95=round(loop.latency_p95_ms, 2),
                p99=round(loop.latency_p99_ms, 2),
            ),
            temperature_celsius=temperature_celsius(),
            memory_rss_mb=memory_rss_mb(),
            cpu_percent=self._cpu_percent(now.monotonic_s),
            disk_free_mb=disk_free_mb(self._outbox_path),
            outbox=outbox,
            model_bundle=None if loop is None else loop.model_bundle,
            versions=self._versions,
            commands=commands,
        )

    def _cpu_percent(self, now_s: float) -> float:
        cpu_s = time.process_time()
        elapsed_s = now_s - self._last_wall_s
        share = (cpu_s - self._last_cpu_s) / elapsed_s if elapsed_s > 0 else 0.0
        self._last_wall_s, self._last_cpu_s = now_s, cpu_s
        return round(100 * share, 1)
