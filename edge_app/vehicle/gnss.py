"""Speed by satellite from gpsd: its JSON lines over TCP, of which reports of a fix (TPV) are read.

A line of JSON is all there is to the protocol, so a client of our own is smaller than any package around it.
"""

from __future__ import annotations

import json
import socket
from typing import Any

from edge_app.vehicle.link import LinkedProvider, LinkError
from edge_app.vehicle.network_settings import GnssProviderSettings
from edge_app.vehicle.values import VehicleValues

_WATCH = b'?WATCH={"enable":true,"json":true}\n'
_CONNECT_S = 5.0
_SILENT_S = 30.0  # gpsd may be there without a receiver, or be gone without a farewell
_LONGEST_LINE = 1 << 16
_FIX = 2  # TPV's mode: 0 unknown, 1 no fix, 2 in the plane, 3 with height


class _GpsdConnection:
    def __init__(self, settings: GnssProviderSettings, values: VehicleValues) -> None:
        self._name = gpsd_name(settings)
        self._values = values
        self._rest = b""
        self._silent_s = 0.0
        self._device: object = None  # the receiver that had the last fix
        try:
            self._socket = socket.create_connection((settings.host, settings.port), _CONNECT_S)
        except OSError as error:
            raise LinkError(
                f"{self._name}: cannot be reached ({_why(error)}); is gpsd running, are"
                " vehicle.provider.host and port right?"
            ) from error
        try:
            self._socket.sendall(_WATCH)
        except OSError as error:
            self._socket.close()
            raise self._lost(error) from error

    def turn(self, wait_s: float) -> None:
        self._socket.settimeout(wait_s)
        try:
            heard = self._socket.recv(_LONGEST_LINE)
        except TimeoutError:
            self._silent_s += wait_s
            if self._silent_s >= _SILENT_S:
                raise LinkError(
                    f"{self._name}: says nothing; is a receiver plugged in? `gpspipe -w` shows what"
                    " gpsd hears"
                ) from None
            return
        except OSError as error:
            raise self._lost(error) from error
        if not heard:
            raise LinkError(f"{self._name}: has hung up; is gpsd still running?")
        self._silent_s = 0.0
        *lines, self._rest = (self._rest + heard).split(b"\n")
        if len(self._rest) > _LONGEST_LINE:
            raise self._no_gpsd()
        for line in lines:
            self._read(line)

    def _read(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            report = json.loads(line)
        except (ValueError, RecursionError):
            raise self._no_gpsd() from None
        if not isinstance(report, dict):
            raise self._no_gpsd()
        if report.get("class") == "TPV":
            self._report(report)

    def _report(self, report: dict[str, Any]) -> None:
        mode, speed_mps, device = report.get("mode"), report.get("speed"), report.get("device")
        if isinstance(mode, int) and mode >= _FIX and isinstance(speed_mps, (int, float)):
            self._device = device
            self._values.speed(3.6 * speed_mps)
        elif device == self._device or self._device is None:
            self._values.speed(None)

    def _no_gpsd(self) -> LinkError:
        return LinkError(
            f"{self._name}: what answers there is not gpsd; are vehicle.provider.host and port right?"
        )

    def _lost(self, error: OSError) -> LinkError:
        return LinkError(f"{self._name}: was lost ({_why(error)}); is gpsd still running?")

    def close(self) -> None:
        self._socket.close()


def gpsd_name(settings: GnssProviderSettings) -> str:
    return f"gpsd at {settings.host}:{settings.port}"


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def open_provider(settings: GnssProviderSettings, source: tuple[str, str] | None) -> LinkedProvider:
    values = VehicleValues(settings.stale_after_s)
    return LinkedProvider(
        gpsd_name(settings),
        lambda: _GpsdConnection(settings, values),
        values,
        silence_hint="is a receiver plugged in? `gpspipe -w` shows what gpsd hears",
    )
