"""From trained students to a folder of quantized files: pictures chosen, fine-tuned where wanted, every file made."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.bundle.heads import PartName
from edge_app.errors import UserError
from edge_app.inference.runtimes import RuntimeName
from model_compression.export.part_model import PartModel, part_model
from model_compression.export.quantized_folder import QuantizedFolder, QuantizedPart, sha256_of
from model_compression.quantization.file_plan import planned
from model_compression.quantization.fine_tuning import fine_tuned
from model_compression.quantization.pictures import (
    SETS,
    labelled_faces,
    representative_pictures,
)
from model_compression.quantization.quantize_part import Source, quantize_part
from model_compression.training.network_file import STUDENT_FILE, read_network

Progress = Callable[[str], None]

_PICTURES_PER_STEP = 16  # of fine-tuning
_USUAL_FACE_PX = 112


@dataclass(frozen=True, slots=True)
class QuantizeOptions:
    """sets: label caches that pictures come from; fine_tuning_steps: 0 is off."""

    runtimes: Collection[RuntimeName]
    pictures: int = 160
    sets: Sequence[str] = SETS
    cache: Path | None = None
    fine_tuning_steps: int = 0
    eight_bits: bool = False
    tensorrt: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Student:
    name: str
    sha256: str
    part: PartModel


def quantize_students(
    paths: Sequence[Path], folder: Path, options: QuantizeOptions, progress: Progress
) -> QuantizedFolder:
    """Writes the model files into `folder`, which exists. Raises `UserError`."""
    students = [_read(path) for path in paths]
    models: dict[PartName, PartModel] = {}
    for student in students:
        if student.part.part in models:
            raise UserError(
                f"{student.name}: another student already gives the part {student.part.part}."
            )
        models[student.part.part] = student.part
    face_px = models["face"].input_shape[-1] if "face" in models else _USUAL_FACE_PX
    rng = np.random.default_rng(options.seed)
    wanted = options.pictures + options.fine_tuning_steps * _PICTURES_PER_STEP // 4
    progress(f"pictures: {wanted} of {', '.join(options.sets)}")
    faces = labelled_faces(options.sets, held_out=False, cache_root=options.cache)
    pictures = representative_pictures(faces, options.pictures, rng, face_px=face_px)
    lessons = pictures
    if options.fine_tuning_steps:
        lessons = representative_pictures(faces, wanted, rng, face_px=face_px)
    plans = planned(options.runtimes, eight_bits=options.eight_bits, tensorrt=options.tensorrt)
    made: list[QuantizedPart] = []
    for student in students:
        part = tuned = student.part
        if options.fine_tuning_steps:
            tuned = fine_tuned(
                part,
                list(lessons.shown_to(part.part)),
                steps=options.fine_tuning_steps,
                batch=_PICTURES_PER_STEP,
                seed=options.seed,
                progress=progress,
            )
        source = Source(part, tuned, student.name, student.sha256)
        samples = list(pictures.shown_to(part.part))
        made.append(quantize_part(source, plans, samples, folder, progress))
    return QuantizedFolder(
        created=datetime.datetime.now(datetime.timezone.utc).date(),
        calibration=f"{len(pictures)} pictures of {', '.join(options.sets)}, seed {options.seed}",
        fine_tuning_steps=options.fine_tuning_steps,
        parts=tuple(made),
    )


def _read(path: Path) -> _Student:
    file = read_network(path)
    place = path / STUDENT_FILE if path.is_dir() else path
    return _Student(file.name, sha256_of(place), part_model(file.network(), file.part))
