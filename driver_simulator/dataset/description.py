"""`dataset.yaml`: what a set is, how it was made, and whether it is complete. In: a plan. Out: its text.

A folder whose description differs in what clips depend on holds another set, and is left alone.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

import edge_app
from driver_simulator.dataset.layout import description_path
from driver_simulator.dataset.overlap import FILE as OVERLAP
from driver_simulator.dataset.plan import DatasetPlan
from driver_simulator.dataset.tasks import CLASSES, ORDERED, SPLITS, TWO_CLASSES, Split
from driver_simulator.driver.statistics import FOLDER as STATISTICS
from driver_simulator.scenario.person import ASTRONAUT
from edge_app.errors import UserError

FORMAT = 1
# What has to be the same for a run to go on in a folder.
_BINDING = ("format", "settings", "portraits", "made_from", "plan")


def describe(plan: DatasetPlan, *, portraits: str | None, complete: bool) -> dict[str, Any]:
    """portraits: name of the folder of photographs; None: the portrait that ships with Vigil."""
    settings = plan.settings
    tasks = settings.tasks
    description: dict[str, Any] = {
        "format": FORMAT,
        "complete": complete,
        "what": "Simulated drivers: results on them are consistency with a script, not accuracy on people.",
        "vigil_version": edge_app.__version__,
        "settings": settings.model_dump(mode="json"),
        "clip_duration_s": settings.duration_s,
        "tasks": {task: {"classes": list(CLASSES[task])} for task in tasks},
        "labels": {
            "noise": settings.label_noise,
            "noise_how": (
                "Each clip by itself, in all splits: with this probability `label` is another class than"
                " `label_as_scripted`, by chance"
                + (
                    f" (of {', '.join(sorted(ORDERED))} a level beside it)."
                    if ORDERED & set(tasks)
                    else "."
                )
            ),
            "use": "Train and score with `label`; `label_as_scripted` and `kss` are for analysis only.",
        },
        "people_disjoint": not settings.shared_people,
        "splits": {split: _split(plan, split) for split in SPLITS},
        "portraits": {
            "from": portraits or ASTRONAUT,
            "licence": (
                "The photographs' own, which Vigil does not know; clips show the people on them."
                if portraits
                else "Eileen Collins, photographed by NASA: public domain."
            ),
        },
        "made_from": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
            for path in (*sorted(STATISTICS.glob("*.yaml")), OVERLAP)
        },
        "plan": plan.fingerprint,
    }
    if "intoxication" in tasks:
        description["tasks"]["intoxication"]["two_classes"] = {
            name: list(positive) for name, positive in TWO_CLASSES.items()
        }
    return description


def write_description(root: Path, description: dict[str, Any]) -> None:
    text = yaml.safe_dump(description, sort_keys=False, allow_unicode=True, width=118)
    part = description_path(root).with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(description_path(root))


def check_folder(root: Path) -> None:
    """Refuses one that holds something else than a set. Raises `UserError`."""
    if root.exists() and not root.is_dir():
        raise UserError(f"{root}: is a file; name a folder")
    if root.is_dir() and any(root.iterdir()) and not description_path(root).is_file():
        raise UserError(f"{root}: holds other files; name a new or an empty folder")


def check_same_set(root: Path, wanted: dict[str, Any]) -> bool:
    """Whether the set is complete already. Raises `UserError` where the folder's one is another.

    wanted: a description, or as much of it as is known.
    """
    path = description_path(root)
    if not path.is_file():
        return False
    try:
        there = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path}: cannot be read; name another folder") from error
    if not isinstance(there, dict):
        raise UserError(f"{path}: does not describe a set; name another folder")
    for key in (key for key in _BINDING if key in wanted):
        said = _first_difference(there.get(key), wanted[key], key)
        if said is not None:
            raise UserError(
                f"{root}: holds another set, {said}; repeat its options to go on with it, or name another folder"
            )
    return bool(there.get("complete"))


def _first_difference(there: object, wanted: object, key: str) -> str | None:
    if isinstance(there, dict) and isinstance(wanted, dict):
        for name in {**there, **wanted}:
            said = _first_difference(there.get(name), wanted.get(name), f"{key}.{name}")
            if said is not None:
                return said
        return None
    if there == wanted:
        return None
    if key == "plan":
        return "planned by another version of Vigil"
    return f"whose {key} is {there} and not {wanted}"


def _split(plan: DatasetPlan, split: Split) -> dict[str, Any]:
    conditions = plan.conditions[split]
    clips = [clip for _, clip in plan.clips if clip.split == split]
    return {
        "people": sum(person.split == split for person in plan.people),
        "cameras": [camera.name for camera in conditions.cameras],
        "lights": list(conditions.lights),
        "clips": {
            task: dict(sorted(Counter(c.label for c in clips if c.task == task).items()))
            for task in plan.settings.tasks
        },
    }
