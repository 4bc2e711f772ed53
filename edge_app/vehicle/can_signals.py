"""Which signals of a DBC file are speed, ignition, reverse gear and steering, and what a frame says of them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.errors import UserError
from edge_app.vehicle.bus_settings import (
    CanProviderSettings,
    CanSignalSettings,
    CanSwitchSettings,
)
from edge_app.vehicle.values import VehicleValues

if TYPE_CHECKING:
    from can.typechecking import CanFilter
    from cantools.database.can import Database, Message, Signal

_TO_KMH = {"km/h": 1.0, "kmh": 1.0, "kph": 1.0, "km/hour": 1.0, "m/s": 3.6, "mph": 1.609344}
_TO_RAD = {"rad": 1.0, **dict.fromkeys(("deg", "degree", "degrees", "°"), math.pi / 180)}
_NO_VALUE = re.compile(r"sna|inval|not.?avail|unavail|error|fault|undef|unknown|not.?init", re.I)

_Tell = Callable[[float], None]
"""Takes a signal's raw number."""


class CanSignals:
    """The chosen signals. Only their messages are asked for; everything else on the bus is ignored."""

    def __init__(self, settings: CanProviderSettings, values: VehicleValues) -> None:
        """Raises `UserError` for a file that cannot be read, and for names that are not in it."""
        self._file = settings.database
        self._database = _load(settings.database)
        # (identifier, whether it has 29 bits) -> message, and who is told which signal
        self._messages: dict[tuple[int, bool], Message] = {}
        self._told: dict[tuple[int, bool], list[tuple[str, _Tell]]] = defaultdict(list)
        if settings.speed_kmh is not None:
            self._number("speed_kmh", settings.speed_kmh, _TO_KMH, values.speed)
        if settings.steering_wheel_rad is not None:
            self._number(
                "steering_wheel_rad", settings.steering_wheel_rad, _TO_RAD, values.steering_wheel
            )
        if settings.ignition_on is not None:
            self._switch("ignition_on", settings.ignition_on, values.ignition)
        if settings.reverse is not None:
            self._switch("reverse", settings.reverse, values.reverse)

    @property
    def filters(self) -> list[CanFilter]:
        return [
            {
                "can_id": identifier,
                "can_mask": 0x1FFFFFFF if extended else 0x7FF,
                "extended": extended,
            }
            for identifier, extended in self._messages
        ]

    def read(self, identifier: int, extended: bool, data: bytes) -> None:
        """Tell what the frame holds. One that is too short, or of an unknown part, holds nothing."""
        message = self._messages.get((identifier, extended))
        if message is None:
            return
        from cantools.database import DecodeError

        try:
            raw = message.decode_simple(data, decode_choices=False, scaling=False)
        except (DecodeError, ValueError, KeyError):
            return
        for name, tell in self._told[identifier, extended]:
            number = raw.get(name)  # a multiplexed signal comes with some of the frames only
            if isinstance(number, (int, float)):
                tell(number)

    def _number(
        self,
        key: str,
        wanted: CanSignalSettings,
        units: dict[str, float],
        tell: Callable[[float | None], None],
    ) -> None:
        message, signal = self._find(key, wanted)
        factor = wanted.factor
        if factor is None:
            unit = (signal.unit or "").strip().lower()
            if unit not in units:
                has = f"has the unit {unit!r}" if unit else "has no unit"
                raise UserError(
                    f"vehicle.provider.{key}: signal {signal.name} {has} in {self._file}; set"
                    f" factor to what it is multiplied by to give {key.rsplit('_', 1)[1]}"
                )
            factor = units[unit]
        invalid = frozenset(
            raw for raw, word in (signal.choices or {}).items() if _NO_VALUE.search(str(word))
        )
        least, most = signal.minimum, signal.maximum
        if least is not None and most is not None and least >= most:
            least = most = None

        def told(raw: float) -> None:
            number = float(signal.conversion.raw_to_scaled(raw, decode_choices=False))  # type: ignore[arg-type]
            outside = (least is not None and number < least) or (most is not None and number > most)
            if raw in invalid or outside:
                tell(None)
            else:
                tell(number * factor + wanted.offset)

        self._add(message, signal, told)

    def _switch(
        self, key: str, wanted: CanSwitchSettings, tell: Callable[[bool | None], None]
    ) -> None:
        message, signal = self._find(key, wanted)
        yes = self._raw_numbers(f"{key}.means_true", signal, wanted.means_true)
        no = self._raw_numbers(f"{key}.means_false", signal, wanted.means_false)
        both = sorted(yes & no)
        if both:
            raise UserError(
                f"vehicle.provider.{key}: {both[0]:g} cannot mean yes and no; leave it out of"
                " means_true or means_false"
            )
        invalid = {
            raw for raw, word in (signal.choices or {}).items() if _NO_VALUE.search(str(word))
        } - (yes | no)

        def told(raw: float) -> None:
            if raw in yes:
                tell(True)
            elif raw in no or (not no and raw not in invalid):
                tell(False)
            else:
                tell(None)

        self._add(message, signal, told)

    def _raw_numbers(
        self, key: str, signal: Signal, written: Sequence[float | str]
    ) -> frozenset[float]:
        words = {str(word).lower(): raw for raw, word in (signal.choices or {}).items()}
        found = set()
        for each in written:
            if isinstance(each, str) and each.lower() not in words:
                raise UserError(
                    f"vehicle.provider.{key}: signal {signal.name} in {self._file} has no word"
                    f" {each}; {_hint(each, [str(word) for word in (signal.choices or {}).values()])}"
                )
            found.add(float(words[each.lower()] if isinstance(each, str) else each))
        return frozenset(found)

    def _find(
        self, key: str, wanted: CanSignalSettings | CanSwitchSettings
    ) -> tuple[Message, Signal]:
        messages = self._database.messages
        if wanted.message is not None:
            messages = [message for message in messages if message.name == wanted.message]
            if not messages:
                names = [message.name for message in self._database.messages]
                raise UserError(
                    f"vehicle.provider.{key}.message: {self._file} has no message {wanted.message};"
                    f" {_hint(wanted.message, names)}"
                )
        found = [
            (message, signal)
            for message in messages
            for signal in message.signals
            if signal.name == wanted.signal
        ]
        if not found:
            names = [signal.name for message in messages for signal in message.signals]
            raise UserError(
                f"vehicle.provider.{key}.signal: {self._file} has no signal {wanted.signal};"
                f" {_hint(wanted.signal, names)}"
            )
        if len(found) > 1:
            where = ", ".join(message.name for message, _ in found[:5])
            raise UserError(
                f"vehicle.provider.{key}.signal: {self._file} has {wanted.signal} in several messages"
                f" ({where}); name one of them as message"
            )
        return found[0]

    def _add(self, message: Message, signal: Signal, told: _Tell) -> None:
        place = (message.frame_id, message.is_extended_frame)
        self._messages[place] = message
        self._told[place].append((signal.name, told))


def _load(path: Path) -> Database:
    path = path.expanduser()
    try:
        import cantools
        from cantools.database.can import Database
    except ImportError as error:
        from edge_app.vehicle.can_bus import INSTALL

        raise UserError(
            f"vehicle.provider.type can: cantools is not installed; {INSTALL}"
        ) from error
    try:
        # Files from the field overlap and overrun here and there; signals that do so are seldom those asked for.
        database = cantools.database.load_file(str(path), strict=False)
    except OSError as error:
        raise UserError(
            f"vehicle.provider.database {path} cannot be read ({(error.strerror or str(error)).lower()});"
            " give the path of the vehicle's DBC file"
        ) from error
    except (cantools.Error, ValueError) as error:
        why = " ".join(str(error).split())[:160]
        raise UserError(
            f"vehicle.provider.database {path} is no file of a kind that cantools reads ({why}); give"
            " a DBC file"
        ) from error
    if not isinstance(database, Database) or not database.messages:
        raise UserError(
            f"vehicle.provider.database {path} describes no CAN message; give the vehicle's DBC file"
        )
    return database


def _hint(word: str, known: Sequence[str]) -> str:
    by_lower = {name.lower(): name for name in known}
    near = [by_lower[name] for name in get_close_matches(word.lower(), by_lower, n=3)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    some = ", ".join(sorted(set(known))[:8])
    return f"it has {some}{' …' if len(set(known)) > 8 else ''}" if some else "it has none"
