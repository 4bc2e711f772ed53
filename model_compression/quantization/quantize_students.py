"""From trained students to a folder of quantized files: pictures chosen, fine-tuned where wanted, every file made."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import PartName
from edge_app.errors import UserError
from edge_app.inference.runtimes import RuntimeName
from model_compression.distillation.frame_student import BUILT_IN, FrameStudent
from model_compression.export.part_model import PartModel, part_model
from model_compression.export.quantized_folder import QuantizedFolder, QuantizedPart, sha256_of
from model_compression.quantization.blinks_gate import made_blinks
from model_compression.quantization.file_plan import FilePlan, planned
from model_compression.quantization.fine_tuning import fine_tuned
from model_compression.quantization.picture_coverage import write_coverage
from model_compression.quantization.pictures import (
    SETS,
    ChosenFaces,
    labelled_faces,
    representative_faces,
    representative_pictures,
    trial_pictures,
)
from model_compression.quantization.quantize_part import Source, quantize_part
from model_compression.quantization.temporal_samples import (
    CALIBRATION,
    calibration_faces,
    temporal_samples,
)
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
    contact_sheet: Path | None = None  # folder for the chosen pictures, side by side


@dataclass(frozen=True, slots=True)
class _Student:
    path: Path
    name: str
    sha256: str
    part: PartModel
    follows: str  # SHA-256 of the face part's file, of the part temporal; "" not known


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
    plans = planned(options.runtimes, eight_bits=options.eight_bits, tensorrt=options.tensorrt)
    looking = [student for student in students if student.part.part not in ("temporal", "blinks")]
    calibration: list[str] = []
    made: dict[PartName, QuantizedPart] = {}
    covered = None
    if looking:
        chosen, rng = _chosen_faces(options, progress)
        covered = write_coverage(chosen, folder, options.contact_sheet)
        progress(
            f"pictures: {covered.cells_covered} of {covered.cells} cells of light and pose covered"
        )
        made |= _looking_parts(looking, chosen, rng, plans, folder, options, progress)
        told = f"{options.pictures} pictures of {', '.join(options.sets)}, seed {options.seed}"
        calibration.append(told)
    if "temporal" in models:
        source, samples = _following(students, progress)
        made["temporal"] = quantize_part(source, plans, samples, folder, progress)
        calibration.append(f"{len(samples)} steps of {CALIBRATION}")
    for student in students:
        if student.part.part == "blinks":
            samples = made_blinks(options.pictures, options.seed)
            # A hundred kilobytes that run in some microseconds: rounding would win nothing.
            plans_of_blinks = [plan for plan in plans if plan.precision == "float32"]
            source = Source(student.part, student.part, student.name, student.sha256)
            made["blinks"] = quantize_part(source, plans_of_blinks, samples, folder, progress)
            calibration.append(f"{len(samples)} made sequences of blinks")
    return QuantizedFolder(
        created=datetime.datetime.now(datetime.timezone.utc).date(),
        calibration="; ".join(calibration),
        coverage=covered,
        fine_tuning_steps=options.fine_tuning_steps if looking else 0,
        parts=tuple(made[student.part.part] for student in students),
    )


def _chosen_faces(
    options: QuantizeOptions, progress: Progress
) -> tuple[ChosenFaces, np.random.Generator]:
    """Raises `UserError` where there are fewer faces than asked for: ranges of a few are too narrow for the others."""
    progress(f"pictures: {options.pictures} of {', '.join(options.sets)}")
    faces = labelled_faces(options.sets, held_out=False, cache_root=options.cache)
    if len(faces) < options.pictures:
        raise UserError(
            f"{', '.join(options.sets)}: {len(faces)} labelled faces that may be learned from, and ranges are to be"
            f" measured on {options.pictures}; label more with 'vigil data labels', or lower --pictures."
        )
    rng = np.random.default_rng(options.seed)
    return representative_faces(faces, options.pictures, rng), rng


def _looking_parts(
    students: Sequence[_Student],
    chosen: ChosenFaces,
    rng: np.random.Generator,
    plans: Sequence[FilePlan],
    folder: Path,
    options: QuantizeOptions,
    progress: Progress,
) -> dict[PartName, QuantizedPart]:
    """Parts that look at pictures."""
    sides = [each.part.input_shape[-1] for each in students if each.part.part == "face"]
    face_px = sides[0] if sides else _USUAL_FACE_PX
    pictures = trial_pictures([known.face for known in chosen.faces], rng, face_px=face_px)
    lessons = pictures
    if options.fine_tuning_steps:
        wanted = options.pictures + options.fine_tuning_steps * _PICTURES_PER_STEP // 4
        progress(f"pictures to fine-tune on: {wanted}")
        faces = labelled_faces(options.sets, held_out=False, cache_root=options.cache)
        lessons = representative_pictures(faces, wanted, rng, face_px=face_px)
    made: dict[PartName, QuantizedPart] = {}
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
        made[part.part] = quantize_part(source, plans, samples, folder, progress)
    return made


def _following(
    students: Sequence[_Student], progress: Progress
) -> tuple[Source, list[NDArray[np.float32]]]:
    """The part temporal, and its steps on what the face part says: of those given, or the built-in one.

    Raises `UserError` where the head learned to follow another.
    """
    (head,) = (each for each in students if each.part.part == "temporal")
    given = [each for each in students if each.part.part == "face"]
    face = FrameStudent.open(str(given[0].path) if given else BUILT_IN)
    if head.follows and head.follows != face.sha256:
        asked = given[0].name if given else "the built-in face part"
        raise UserError(
            f"{head.name}: learned to follow another face part than {asked}; give the student.pt of that one too."
        )
    rate_hz = head.part.rate_hz
    assert rate_hz is not None
    faces = calibration_faces(rate_hz=rate_hz, side_px=face.side_px, progress=progress)
    samples = temporal_samples(head.part, face, faces)
    source = Source(head.part, head.part, head.name, head.sha256, follows=face.sha256)
    return source, samples


def _read(path: Path) -> _Student:
    file = read_network(path)
    part = part_model(file.network(), file.part, file.told.get("classes"))
    sha256 = sha256_of(path / STUDENT_FILE if path.is_dir() else path)
    return _Student(path, file.name, sha256, part, str(file.told.get("follows", "")))
