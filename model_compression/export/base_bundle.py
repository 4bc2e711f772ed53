"""A bundle that is there already, to which new parts are added: its files and all that is known of them are kept."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

from edge_app.bundle.heads import KNOWN_HEADS, PART_NAMES, PartName
from edge_app.bundle.manifest import (
    BundleManifest,
    Head,
    Measurement,
    Part,
    Teacher,
    Training,
    TrainingData,
)
from edge_app.bundle.open import Bundle
from edge_app.bundle.tuning import Temperatures
from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel
from model_compression.export.bundle_facts import BundleFacts

_Settings = TypeVar("_Settings", bound=SettingsModel)
_Item = TypeVar("_Item")
_OfParts = TypeVar("_OfParts", Measurement, TrainingData, Teacher)
# Nothing else is read with it: the verdicts of the other parts hold whichever it is.
_REPLACEABLE: tuple[PartName, ...] = ("temporal", "blinks")


def kept_parts(base: Bundle, new: Collection[PartName], place: Path) -> dict[PartName, Part]:
    """Parts of `base` that are not new, their files copied into `place` as they are.

    Raises `UserError` where a part is replaced that others are judged with, and where a file is not as it was.
    """
    parts = base.manifest.parts.named()
    for part in parts:
        if part in new and part not in _REPLACEABLE:
            raise UserError(
                f"{base.folder}: has a part {part} already, and its other parts were judged together with that;"
                " put all parts together anew, without --onto."
            )
    kept = {name: part for name, part in parts.items() if name not in new}
    for kept_part in kept.values():
        for file in kept_part.files:
            for each in (file, *file.companions):
                target = place / each.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(base.read(each))
    return kept


def kept_heads(
    base: BundleManifest, kept: Collection[PartName], facts: BundleFacts
) -> dict[str, Head]:
    """What `facts` say of a head that is kept is newer."""
    return {
        name: head.model_copy(update={"validated": facts.validated.get(name, head.validated)})
        for name, head in base.heads.items()
        if head.part in kept
    }


def with_base(facts: BundleFacts, base: Bundle, new: Collection[PartName]) -> BundleFacts:
    """`facts` over what `base` knows: single values are replaced, measurements and training come behind its own.

    What `base` knew of how a part was trained, of its figures and of its temperatures, ends with the part. What `facts`
    say without naming parts is of the new ones. Raises `UserError` where they name the classes of a part that is kept
    otherwise.
    """
    known = base.manifest
    training, before = facts.training, known.training
    ended = {name: 1.0 for name in Temperatures.model_fields if KNOWN_HEADS[name].part in new}
    runs = tuple(run for run in before.runs if not run.parts or set(run.parts) - set(new))
    measured = tuple(each for each in known.metrics if not set(each.parts) & set(new))
    return facts.model_copy(
        update={
            "expression_labels": _labels(facts, base),
            "thresholds": _over(facts.thresholds, known.thresholds),
            "temperatures": _over(facts.temperatures, known.temperatures.model_copy(update=ended)),
            "metrics": _joined(measured, _of(new, facts.metrics, known.metrics)),
            "training": Training(
                data=_joined(_still(before.data, new), _of(new, training.data, before.data)),
                teachers=_plain(
                    _joined(
                        _still(_teachers(before), new),
                        _of(new, _teachers(training), _teachers(before)),
                    )
                ),
                runs=_joined(runs, training.runs),
            ),
        }
    )


def _labels(facts: BundleFacts, base: Bundle) -> tuple[str, ...]:
    kept = base.manifest.expression_labels
    told = facts.expression_labels
    if kept and "expression_labels" in facts.model_fields_set and told != kept:
        raise UserError(
            f"the facts call the classes of expression {', '.join(told)}, but {base.folder} keeps its part expression,"
            f" whose classes are {', '.join(kept)}; leave expression_labels out of the facts."
        )
    return kept or told


def _teachers(training: Training) -> tuple[Teacher, ...]:
    return tuple(
        each if isinstance(each, Teacher) else Teacher(name=each) for each in training.teachers
    )


def _plain(teachers: tuple[Teacher, ...]) -> tuple[Teacher | str, ...]:
    return tuple(each if each.parts else each.name for each in teachers)


def _still(items: tuple[_OfParts, ...], new: Collection[PartName]) -> tuple[_OfParts, ...]:
    """Without those of the new parts alone; of the others, no new part is named."""
    kept = []
    for each in items:
        parts = tuple(part for part in each.parts if part not in new)
        if parts or not each.parts:
            kept.append(each.model_copy(update={"parts": parts}))
    return tuple(kept)


def _of(
    new: Collection[PartName], told: tuple[_OfParts, ...], known: tuple[_OfParts, ...]
) -> tuple[_OfParts, ...]:
    """`told`, of the new parts where they name none and say something new."""
    parts = tuple(part for part in PART_NAMES if part in new)
    return tuple(
        each if each.parts or each in known else each.model_copy(update={"parts": parts})
        for each in told
    )


def _over(told: _Settings, known: _Settings) -> _Settings:
    """`known`, and what `told` sets itself."""
    return known.model_copy(update={key: getattr(told, key) for key in told.model_fields_set})


def _joined(known: tuple[_Item, ...], told: tuple[_Item, ...]) -> tuple[_Item, ...]:
    return (*known, *(each for each in told if each not in known))
