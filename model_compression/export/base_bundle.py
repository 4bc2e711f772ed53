"""A bundle that is there already, to which new parts are added: its files and all that is known of them are kept."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

from edge_app.bundle.heads import KNOWN_HEADS, PartName
from edge_app.bundle.manifest import BundleManifest, Head, Part, Training
from edge_app.bundle.open import Bundle
from edge_app.bundle.tuning import Temperatures
from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel
from model_compression.export.bundle_facts import BundleFacts

_Settings = TypeVar("_Settings", bound=SettingsModel)
_Item = TypeVar("_Item")
# Nothing else is read with it: the verdicts of the other parts hold whichever it is.
_REPLACEABLE: tuple[PartName, ...] = ("temporal",)


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


def with_base(facts: BundleFacts, base: BundleManifest, new: Collection[PartName]) -> BundleFacts:
    """`facts` over what `base` knows: single values are replaced, measurements and runs come behind its own.

    What `base` knew of how a part was trained, and of its temperatures, ends with the part.
    """
    training, known = facts.training, base.training
    ended = {name: 1.0 for name in Temperatures.model_fields if KNOWN_HEADS[name].part in new}
    runs = tuple(run for run in known.runs if not run.parts or set(run.parts) - set(new))
    return facts.model_copy(
        update={
            "expression_labels": base.expression_labels or facts.expression_labels,
            "thresholds": _over(facts.thresholds, base.thresholds),
            "temperatures": _over(facts.temperatures, base.temperatures.model_copy(update=ended)),
            "metrics": _joined(base.metrics, facts.metrics),
            "training": Training(
                data=_joined(known.data, training.data),
                teachers=_joined(known.teachers, training.teachers),
                runs=_joined(runs, training.runs),
            ),
        }
    )


def _over(told: _Settings, known: _Settings) -> _Settings:
    """`known`, and what `told` sets itself."""
    return known.model_copy(update={key: getattr(told, key) for key in told.model_fields_set})


def _joined(known: tuple[_Item, ...], told: tuple[_Item, ...]) -> tuple[_Item, ...]:
    return (*known, *(each for each in told if each not in known))
