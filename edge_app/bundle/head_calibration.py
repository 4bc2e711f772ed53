"""How the probabilities of a head were calibrated, and on whom: an optional section of its entry in `bundle.yaml`.

A temperature is applied as every temperature is, from `temperatures`, which says the same number. An isotonic curve is
applied behind that.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from calibration.probability.isotonic import IsotonicMap
from edge_app.bundle.tuning import Temperature
from edge_app.settings_model import SettingsModel

Share = Annotated[float, Field(ge=0, le=1)]
MOST_KNOTS = 64


class HeadCalibration(SettingsModel):
    """Figures are cross-fitted: each answer is of somebody whom the calibration it was read with was not fitted on."""

    method: Literal["temperature", "isotonic"] = Field(description="What was fitted.")
    temperature: Temperature | None = Field(
        None, description="What logits are divided by; the same stands in `temperatures`."
    )
    knots: tuple[tuple[Share, Share], ...] | None = Field(
        None,
        max_length=MOST_KNOTS,
        description="Of isotonic: probability of the second class as stated, and as it is told; straight between.",
    )
    set: str = Field(min_length=1, description="The data set.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of its file.")
    date: datetime.date = Field(description="When it was fitted.")
    n: int = Field(ge=1, description="Number of answers.")
    people: int | None = Field(None, ge=1, description="Number of people, where known.")
    ece_before: Share = Field(description="Expected calibration error before, 15 bins.")
    ece_after: Share = Field(description="And after.")
    brier_before: float = Field(ge=0, le=2, description="Brier score before.")
    brier_after: float = Field(ge=0, le=2, description="And after.")

    @model_validator(mode="after")
    def _of_its_method(self) -> HeadCalibration:
        if self.method == "temperature":
            if self.temperature is None or self.knots is not None:
                raise ValueError("a calibration by temperature has a temperature and no knots")
        elif not self.knots or self.temperature is not None:
            raise ValueError("a calibration by isotonic has knots and no temperature")
        self.curve()
        return self

    def curve(self) -> IsotonicMap | None:
        """Raises `ValueError` where it does not rise."""
        if self.knots is None:
            return None
        scores, shares = zip(*self.knots, strict=True)
        return IsotonicMap(scores, shares)


def check_calibration(
    head: str, calibration: HeadCalibration, *, classes: int, temperature: float
) -> None:
    """That it fits the head. temperature: as in `temperatures`. Raises `ValueError`."""
    if calibration.temperature not in (None, temperature):
        raise ValueError(
            f"the head {head} was calibrated to the temperature {calibration.temperature:g}, and temperatures says"
            f" {temperature:g}"
        )
    if calibration.knots is not None and classes != 2:
        raise ValueError(
            f"the head {head} has {classes} classes; an isotonic calibration is of two classes"
        )
