"""A profile that the user named: the first driver of the drive begins with it, and nothing is kept."""

from __future__ import annotations

from pathlib import Path

from calibration.driver.profile import DriverProfile, ProfileError
from calibration.driver.profile_file import profile_of_file
from edge_app.driver_profiles.keeper import Learned
from edge_app.driver_state.signals import Signals
from edge_app.driver_state.state import DriverState
from edge_app.errors import UserError


class GivenProfile:
    """Hands it to the judge with the first moment."""

    def __init__(self, file: Path) -> None:
        """Raises `UserError` where it holds no profile; the file stays as it is."""
        try:
            self._profile = profile_of_file(file)
        except OSError as error:
            raise UserError(
                f"{file}: cannot be read ({error.strerror}); `vigil calibrate driver` writes such a file"
            ) from error
        except ProfileError as error:
            raise UserError(
                f"{file}: not a driver's file: {error}; `vigil calibrate driver` writes one"
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
