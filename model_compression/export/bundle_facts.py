"""What no model file can tell of a bundle, as `vigil bundle make --facts` reads it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from edge_app.bundle.manifest import Measurement, Training
from edge_app.bundle.tuning import Temperatures, Thresholds
from edge_app.configuration.document import read_document
from edge_app.configuration.load import validated
from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel
from model_compression.data.fer2013 import EMOTIONS


class BundleFacts(SettingsModel):
    """What no model file can tell; written by hand as YAML for `vigil bundle make --facts`."""

    expression_labels: tuple[str, ...] = Field(
        EMOTIONS, description="Classes of the expression head, in its order."
    )
    thresholds: Thresholds = Field(Thresholds(), description="As in bundle.yaml.")
    temperatures: Temperatures = Field(Temperatures(), description="As in bundle.yaml.")
    validated: dict[str, str] = Field(
        {}, description="By head: on which data it was validated, in a sentence."
    )
    metrics: tuple[Measurement, ...] = Field((), description="As in bundle.yaml.")
    training: Training = Field(Training(), description="As in bundle.yaml.")


def read_facts(path: Path) -> BundleFacts:
    """Raises `UserError`, a sentence for each mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: the facts of the bundle cannot be read ({error}).") from error
    return validated(BundleFacts, read_document(text, str(path)))
