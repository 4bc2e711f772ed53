"""The prepared sets that a reproduction has, by the role they play: a set of the paper, or simulated drivers for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from edge_app.errors import UserError
from model_compression.data.clips.clip_row import ClipRow
from model_compression.reproduce.paper1.run_task import TASK_OF_SET

SIMULATED = "simulated"
ROLES = tuple(TASK_OF_SET)
_KIND = {  # role -> kind of prepared set
    "DFEW": "dfew",
    "FERV39k": "ferv39k",
    "AFEW": "afew",
    "NTHU-DDD": "nthu-ddd",
    "MiX": "mix-bac",
    SIMULATED: SIMULATED,
}


class Store(Protocol):
    """As much of a `ClipStore` as is asked here."""

    @property
    def rows(self) -> Sequence[ClipRow]: ...
    @property
    def classes(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def description(self) -> Mapping[str, Any]: ...
    @property
    def notes(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class PreparedSet:
    """One folder of prepared clips."""

    name: str  # its role; `simulated`, or `simulated-` and the role for which it stands
    folder: Path
    simulated: bool
    classes: Mapping[str, tuple[str, ...]]  # task -> classes, of the tasks that it is labelled for
    folds: tuple[int, ...]  # () where it has splits
    test_split: str  # scored on; "" where there is none, and all clips are
    fingerprint: str
    notes: tuple[str, ...] = ()  # what who reads a result should know of it


@dataclass(frozen=True, slots=True)
class DataSets:
    by_role: Mapping[str, PreparedSet]

    def for_role(self, role: str) -> PreparedSet | None:
        """The set itself, else the simulated one."""
        return self.by_role.get(role) or self.by_role.get(SIMULATED)


def data_sets(words: Sequence[str], open_store: Callable[[Path], Store]) -> DataSets:
    """words: ROLE=FOLDER. Simulated drivers may play any role, and are known by their set. Raises `UserError`."""
    found: dict[str, PreparedSet] = {}
    for word in words:
        role, equals, place = word.partition("=")
        if not equals or not place or role not in _KIND:
            raise UserError(
                f"--data {word}: give ROLE=FOLDER with one of the roles {', '.join(_KIND)}"
            )
        if role in found:
            raise UserError(f"--data {word}: {role} is given twice; give each role one folder")
        folder = Path(place).expanduser()
        store = open_store(folder)
        kind = store.description.get("kind")
        if kind not in (_KIND[role], SIMULATED):
            raise UserError(
                f"--data {word}: the folder holds a set of the kind {kind}, not {_KIND[role]}"
            )
        found[role] = prepared_set(role, folder, store, simulated=kind == SIMULATED)
    return DataSets(found)


def prepared_set(role: str, folder: Path, store: Store, *, simulated: bool) -> PreparedSet:
    splits = {row.split for row in store.rows}
    labelled = {task for row in store.rows for task in row.labels}
    return PreparedSet(
        name=f"{SIMULATED}-{role}" if simulated and role != SIMULATED else role,
        folder=folder,
        simulated=simulated,
        classes={task: tuple(names) for task, names in store.classes.items() if task in labelled},
        folds=tuple(sorted({row.fold for row in store.rows} - {0})),
        # The test clips of some sets have no public labels: papers score on what is meant for validation.
        test_split=next((split for split in ("test", "val") if split in splits), ""),
        fingerprint=store.fingerprint,
        notes=tuple(store.notes),
    )
