"""`FeatureSet`: a folder of frame features. `features.json` says what they are, one npz file holds each video.

`FeatureWriter` makes one: what was added is kept, so that a run that was stopped goes on; `finish` writes the index.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import numpy as np

from edge_app.errors import UserError
from model_compression.data.clips.whole_file import write_whole
from model_compression.data.features.frame_features import FeatureRow, FrameFeatures
from model_compression.evaluation.clips.arrays_file import save_arrays

INDEX = "features.json"
_WHAT, _FORMAT = "vigil frame features", 1
MAKING = "making.json"
_VIDEOS = "videos"
_FACE, _SOUND, _LABEL, _VALUE = "face.", "sound.", "label.", "value."


@dataclass(frozen=True, slots=True)
class Stream:
    """Numbers of one kind: `scores` of ten places, an `embedding`, `wavlm`."""

    of: Literal["face", "sound"]
    size: int  # numbers in a row
    made_by: str  # which network read them, for a model card
    places: tuple[str, ...] = ()  # what stands in each place, where places have names


class FeatureSet:
    """A finished set. Rows tell what the videos are; `features` reads one."""

    def __init__(self, folder: Path, content: Mapping[str, Any]) -> None:
        """Use `open`."""
        self.folder = folder
        self.kind: str = content["kind"]
        self.notes = tuple(content["notes"])
        self.streams = {
            name: Stream(**{**stream, "places": tuple(stream["places"])})
            for name, stream in content["streams"].items()
        }
        self.classes = {task: tuple(names) for task, names in content["classes"].items()}
        self.rows = tuple(FeatureRow(**row) for row in content["rows"])
        self.fingerprint: str = content["fingerprint"]
        self._sums: tuple[str, ...] = tuple(content["sha256"])
        self._numbers: tuple[int, ...] = tuple(content["numbers"])

    @classmethod
    def open(cls, folder: Path) -> FeatureSet:
        """Raises `UserError` where no finished set lies there, or its index was changed."""
        path = folder / INDEX
        if not path.is_file():
            why = "is not finished" if (folder / MAKING).is_file() else "holds no frame features"
            raise UserError(f"{folder}: {why} (no {INDEX}); make them with 'vigil data features'.")
        try:
            content = json.loads(path.read_bytes())
            if (content["what"], content["format"]) != (_WHAT, _FORMAT):
                raise UserError(f"{path}: is of another kind or format; make the features again.")
            if content["fingerprint"] != _fingerprint(content):
                raise UserError(
                    f"{path}: was changed since it was written; make the features again."
                )
            return cls(folder, content)
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(f"{path}: is damaged; make the features again.") from error

    def features(self, number: int) -> FrameFeatures:
        """Of row `number`. Raises `UserError` for a file that is damaged."""
        path = _place(self.folder, self._numbers[number])
        try:
            if _sha256(path) != self._sums[number]:
                raise UserError(f"{path}: was changed since it was made; make the features again.")
            with np.load(path, allow_pickle=False) as arrays:
                named = {name: arrays[name] for name in arrays.files}
            return FrameFeatures(
                frame_count=self.rows[number].frame_count,
                face_frames=named["face_frames"],
                faces=_begin_with(_FACE, named),
                sound=_begin_with(_SOUND, named),
                sound_present=named["sound_present"],
                frame_labels=_begin_with(_LABEL, named),
                frame_values=_begin_with(_VALUE, named),
            )
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
        except (ValueError, KeyError, EOFError, BadZipFile) as error:
            raise UserError(f"{path}: is damaged ({error}); make the features again.") from error

    def select(self, split: str, *, fold: int | None = None) -> list[int]:
        """Numbers of the rows of `train`, `val` or `test`; with a fold, `test` is that fold and `train` all others.

        Raises `UserError` for a fold that is not there, and for `val` beside a fold.
        """
        if fold is None:
            return [number for number, row in enumerate(self.rows) if row.split == split]
        folds = sorted({row.fold for row in self.rows if row.fold})
        if fold not in folds:
            known = ", ".join(map(str, folds)) or "none"
            raise UserError(f"{self.folder}: has no fold {fold}; its folds are {known}.")
        if split not in ("train", "test"):
            raise UserError(
                f"{self.folder}: where fold {fold} is kept there is no {split}; ask for test, or for train."
            )
        in_test = split == "test"
        return [number for number, row in enumerate(self.rows) if (row.fold == fold) is in_test]


def description(
    *,
    kind: str,
    streams: Mapping[str, Stream],
    classes: Mapping[str, Sequence[str]],
    notes: Sequence[str] = (),
    sources: str = "",
) -> dict[str, Any]:
    """What a set is begun with. sources: hash of what is read."""
    return {
        "what": _WHAT,
        "format": _FORMAT,
        "kind": kind,
        "streams": {
            name: {**asdict(one), "places": list(one.places)} for name, one in streams.items()
        },
        "classes": {task: list(names) for task, names in classes.items()},
        "notes": list(notes),
        "sources": sources,
    }


def finished(folder: Path, described: Mapping[str, Any]) -> FeatureSet | None:
    """The set that was begun so; None where none is finished. Raises `UserError` where another one is."""
    if not (folder / INDEX).is_file() or (folder / MAKING).is_file():
        return None
    made = FeatureSet.open(folder)
    content = json.loads((folder / INDEX).read_bytes())
    begun = {key: content.get(key) for key in described}
    # Behind the notes that it was begun with stand those of its end.
    begun["notes"] = content["notes"][: len(described["notes"])]
    if begun != described:
        raise UserError(
            f"{folder}: holds features of other networks, options or data; name another folder."
        )
    return made


class FeatureWriter:
    """Video by video into a folder; the same description goes on where it was stopped."""

    def __init__(
        self,
        folder: Path,
        *,
        kind: str,
        streams: Mapping[str, Stream],
        classes: Mapping[str, Sequence[str]],
        notes: Sequence[str] = (),
        sources: str = "",
    ) -> None:
        """sources: hash of what is read; another one begins no continuation. Raises `UserError`."""
        self.folder = folder
        self._description = description(
            kind=kind, streams=streams, classes=classes, notes=notes, sources=sources
        )
        begun = folder / MAKING
        try:
            (folder / _VIDEOS).mkdir(parents=True, exist_ok=True)
            if begun.is_file():
                if json.loads(begun.read_bytes()) != self._description:
                    raise UserError(
                        f"{folder}: was begun with other options or data; name another folder."
                    )
            elif (folder / INDEX).exists() or any((folder / _VIDEOS).iterdir()):
                raise UserError(f"{folder}: holds features already; name another folder.")
            else:
                write_whole(begun, json.dumps(self._description).encode())
        except OSError as error:
            raise UserError(f"{folder}: cannot be written ({error.strerror or error}).") from error
        except ValueError as error:
            raise UserError(f"{begun}: is damaged; delete {folder}.") from error

    def has(self, number: int) -> bool:
        return _place(self.folder, number).is_file()

    def add(self, number: int, features: FrameFeatures) -> None:
        """number: of the video in the order of the rows that `finish` is given."""
        save_arrays(
            _place(self.folder, number),
            face_frames=features.face_frames,
            sound_present=features.sound_present,
            **{_FACE + name: array for name, array in features.faces.items()},
            **{_SOUND + name: array for name, array in features.sound.items()},
            **{_LABEL + name: array for name, array in features.frame_labels.items()},
            **{_VALUE + name: array for name, array in features.frame_values.items()},
        )

    def finish(self, rows: Sequence[FeatureRow | None], *, notes: Sequence[str] = ()) -> FeatureSet:
        """All videos were added: the set can be opened from now on. None: a video that was left out.

        notes: what is known only now, behind those that the set was begun with.
        """
        numbers = [number for number, row in enumerate(rows) if row is not None]
        content: dict[str, Any] = {
            **self._description,
            "notes": [*self._description["notes"], *notes],
            "rows": [row.as_json() for row in rows if row is not None],
            "numbers": numbers,  # of the rows' files
            "sha256": [_sha256(_place(self.folder, number)) for number in numbers],
        }
        content["fingerprint"] = _fingerprint(content)
        write_whole(self.folder / INDEX, json.dumps(content, indent=1).encode())
        (self.folder / MAKING).unlink(missing_ok=True)
        return FeatureSet.open(self.folder)


def _place(folder: Path, number: int) -> Path:
    return folder / _VIDEOS / f"{number:06d}.npz"


def _begin_with(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fingerprint(content: Mapping[str, Any]) -> str:
    told = {key: value for key, value in content.items() if key != "fingerprint"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
