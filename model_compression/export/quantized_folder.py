"""What `vigil quantize` leaves behind: model files, and `quantized.yaml` that says what each is.

`vigil bundle make` reads it.
"""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import yaml
from pydantic import Field

from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import BundleFile, PartInput, PartOutput
from edge_app.configuration.document import read_document
from edge_app.configuration.load import validated
from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel

FILE_NAME = "quantized.yaml"


class MadeFile(SettingsModel):
    """One model file and what was seen when it was made."""

    file: BundleFile = Field(description="As the bundle will describe it.")
    largest_error: float = Field(
        ge=0, description="Largest difference from the float student, over each output's deviation."
    )
    operators: dict[str, int] = Field(
        description="How often each operator runs, with its precision."
    )
    float_layers: int = Field(ge=0, description="Convolutions and linear layers that run in float.")


class QuantizedPart(SettingsModel):
    """All files of one part."""

    part: PartName = Field(description="Part of the bundle.")
    student: str = Field(description="Name of the training run.")
    student_sha256: str = Field(description="SHA-256 of its student.pt.")
    float_layers_meant: int = Field(
        ge=0, description="Layers that stay float in an int8 file: the first and the last."
    )
    input: PartInput = Field(description="Its input.")
    outputs: dict[str, PartOutput] = Field(description="Its outputs.")
    files: tuple[MadeFile, ...] = Field(description="Its files.")
    rate_hz: float | None = Field(
        None, gt=0, description="Of the part temporal: its steps in a second."
    )
    classes: dict[str, tuple[str, ...]] = Field(
        {}, description="Of the part temporal: by head, the names of its classes."
    )
    follows: str = Field(
        "", description="Of the part temporal: SHA-256 of the face part that it learned to follow."
    )


class PictureCoverage(SettingsModel):
    """How much of what occurs the pictures cover on which ranges were measured; `coverage.txt` has the table."""

    pictures: int = Field(ge=1, description="Pictures that were chosen.")
    candidates: int = Field(ge=1, description="Pictures that they were chosen from.")
    cells: int = Field(ge=1, description="Cells of light, yaw and pitch in which a candidate lies.")
    cells_covered: int = Field(ge=0, description="Of these, those with a chosen picture.")
    people: int = Field(ge=0, description="People on the chosen pictures.")
    people_candidates: int = Field(ge=0, description="People on the candidates.")
    unnamed: int = Field(
        0, ge=0, description="Chosen pictures of which nobody says who is on them."
    )


class QuantizedFolder(SettingsModel):
    """All of `quantized.yaml`."""

    created: datetime.date = Field(description="When it was made.")
    calibration: str = Field(description="The pictures on which ranges were measured.")
    coverage: PictureCoverage | None = Field(
        None, description="Of these pictures; absent where no part looks at any."
    )
    fine_tuning_steps: int = Field(0, ge=0, description="Steps of quantization-aware fine-tuning.")
    parts: tuple[QuantizedPart, ...] = Field(description="The parts.")


def write_folder(folder: Path, described: QuantizedFolder) -> None:
    values = described.model_dump(mode="json", exclude_none=True)
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


def read_folder(folder: Path) -> QuantizedFolder:
    """Raises `UserError` where `folder` is not one that `vigil quantize` has written."""
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}); give a folder that 'vigil quantize' wrote."
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is no text; run 'vigil quantize' again.") from error
    return validated(QuantizedFolder, read_document(text, str(path)))


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
