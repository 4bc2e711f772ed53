"""A profile that the user named: the first driver of the drive begins with it, and nothing is kept."""

from __future__ import annotations

from pathlib import Path

from calibration.driver.profile import DriverProfile, ProfileError
from calibration.driver.profile_file import profile_of_text
from edge_app.driver_profiles.keeper import Learned
from edge_app.driver_state.signals import Signals
from edge_app.driver_state.state import DriverState
from edge_app.errors import UserError

_MOST_BYTES = 64 * 1024


class GivenProfile:
    """Hands it to the judge with the first moment."""

    def __init__(self, file: Path) -> None:
        """Raises `UserError` where it holds no profile; the file stays as it is."""
        try:
            with file.open("rb") as opened:
                content = opened.read(_MOST_BYTES + 1)
            if len(content) > _MOST_BYTES:
                raise ProfileError("it is too large for a driver's file")
            self._profile = profile_of_text(content.decode("utf-8"))
        except OSError as error:
            raise UserError(
                f"{file}: cannot be read ({error.strerror}); `vigil calibrate driver` writes such a file"
            ) from error
        except ValueError as error:  # also where it is not text
            why = str(error) if isinstance(error, ProfileError) else "it is not text"
            raise UserError(
                f"{file}: not a driver's file: {why}; `vigil calibrate driver` writes one"
            ) from error
        self.begin()

    def begin(self) -> None:
        self._waiting: DriverProfile | None = self._profile

    def profile_for(self, signals: Signals) -> DriverProfile | None:
        waiting, self._waiting = self._waiting, None
        return waiting

    def judged(self, state: DriverState, learned: Learned) -> None:
        return

    def close(self) -> None:
        return
