"""`--data ROLE=FOLDER`: prepared clips, pictures or frame features in the role of a paper's set.

`simulated=FOLDER` plays every set of clips that is not named, `pictures=FOLDER` every set of pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from edge_app.errors import UserError
from model_compression.data.clips.index import INDEX as CLIPS_INDEX
from model_compression.data.clips.store import ClipStore
from model_compression.data.features.feature_set import INDEX as FEATURES_INDEX
from model_compression.data.features.feature_set import FeatureSet

Content = Literal["clips", "pictures", "features"]
SIMULATED, PICTURES = "simulated", "pictures"
_STAND_INS: Mapping[Content, str] = {"clips": SIMULATED, "pictures": PICTURES}


class CannotRunError(Exception):
    """Why what a table asks for cannot be had with the sets at hand; one sentence."""


@dataclass(frozen=True, slots=True)
class Role:
    """A set that a paper's tables are of."""

    name: str
    content: Content
    kinds: tuple[str, ...]  # of `vigil data prepare` or `vigil data features`


@dataclass(frozen=True, slots=True)
class NamedSet:
    """One folder in a role."""

    role: str
    folder: Path
    content: Content
    kind: str
    fingerprint: str
    stands_in: bool  # another set than the role's own, or scripted drivers
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # tasks that clips or frames are labelled for
    folds: tuple[int, ...] = ()  # () where it has splits
    test_split: str = ""  # measured on; "" where there is none
    to_learn: int = (
        0  # clips, pictures or videos outside val and test; of a set with folds all of them
    )

    def description(self) -> dict[str, Any]:
        """Without where it lies."""
        return {"role": self.role, "kind": self.kind, "fingerprint": self.fingerprint}


@dataclass(frozen=True, slots=True)
class NamedSets:
    by_role: Mapping[str, NamedSet]
    roles: Mapping[str, Role]

    def need(self, role: str, *, itself: bool = False) -> NamedSet:
        """The set itself, else what stands in for its content unless it has to be itself. Raises `CannotRunError`."""
        content = self.roles[role].content
        found = self.by_role.get(role)
        if found is None and not itself:
            found = self.by_role.get(_STAND_INS.get(content, ""))
        if found is None:
            raise CannotRunError(f"no {content} of {role}: give --data {role}=FOLDER")
        return found


def named_sets(words: Sequence[str], roles: Sequence[Role]) -> NamedSets:
    """words: ROLE=FOLDER. Raises `UserError`."""
    known = {role.name: role for role in roles}
    contents = {role.content for role in roles}
    for content, stand_in in _STAND_INS.items():
        if content in contents:
            known[stand_in] = Role(stand_in, content, ())
    found: dict[str, NamedSet] = {}
    for word in words:
        name, equals, place = word.partition("=")
        if not equals or not place or name not in known:
            raise UserError(
                f"--data {word}: give ROLE=FOLDER with one of the roles {', '.join(known)}"
            )
        if name in found:
            raise UserError(f"--data {word}: {name} is given twice; give each role one folder")
        found[name] = _opened(word, known[name], Path(place).expanduser())
    return NamedSets(found, known)


def _opened(word: str, role: Role, folder: Path) -> NamedSet:
    store: ClipStore | FeatureSet
    if (folder / FEATURES_INDEX).is_file() or (
        role.content == "features" and not (folder / CLIPS_INDEX).is_file()
    ):
        store, content = FeatureSet.open(folder), "features"
        kind = store.kind
    else:
        store = ClipStore.open(folder)
        content = "pictures" if all(row.frame_count == 1 for row in store.rows) else "clips"
        kind = str(store.description.get("kind"))
    if content != role.content:
        raise UserError(f"--data {word}: the folder holds {content}, not {role.content}")
    is_own = kind in role.kinds
    if not is_own and role.name not in (SIMULATED, PICTURES) and kind != SIMULATED:
        raise UserError(
            f"--data {word}: the folder holds a set of the kind {kind}, not {' or '.join(role.kinds)}"
        )
    splits = {row.split for row in store.rows}
    return NamedSet(
        role=role.name,
        folder=folder,
        content=role.content,
        kind=kind,
        fingerprint=store.fingerprint,
        stands_in=not is_own,
        notes=tuple(store.notes),
        labels=tuple(store.classes),
        folds=tuple(sorted({row.fold for row in store.rows} - {0})),
        # The test clips of some sets have no public labels: papers measure on what is meant for validation.
        test_split=next((split for split in ("test", "val") if split in splits), ""),
        to_learn=sum(row.split not in ("val", "test") for row in store.rows),
    )
