"""Does what tables ask for, one after the other, and keeps it, so that a stopped run goes on.

`<out>/trainings/<id>` for the networks, `<out>/measured/<id>.json` for what was measured of them,
`<out>/failed/<id>.json` for where one of them broke off.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from edge_app.errors import UserError
from model_compression.evaluation.bench import Track
from model_compression.evaluation.figure import Figure, Figures
from model_compression.evaluation.report import write_document
from model_compression.reproduce.jobs import Measuring, Training

TRAININGS, MEASURED, FAILED = "trainings", "measured", "failed"
_TOLD = 4  # figures, in the line of a finished measuring


class Train(Protocol):
    """Trains into the folder, unless it holds the finished training already; one that was stopped goes on.

    begins_with: the folder of the training whose weights it takes over.
    Raises `UserError` where it cannot be made, and `KeyboardInterrupt` where it was stopped.
    """

    def __call__(self, training: Training, folder: Path, begins_with: Path | None, /) -> None: ...


class Measure(Protocol):
    """Figures by their names of `printed.FIGURES`. folders: of its trainings. Raises `UserError`."""

    def __call__(self, measuring: Measuring, folders: Sequence[Path], /) -> Figures: ...


@dataclass(frozen=True, slots=True)
class Done:
    figures: Mapping[str, Figures]  # by the measuring's id
    failed: Mapping[str, str]  # id -> why
    broken: tuple[str, ...] = ()  # ids of those among them that no mistake of the user's explains


def run_jobs(
    measurings: Sequence[Measuring],
    out: Path,
    train: Train,
    measure: Measure,
    *,
    track: Track,
    say: Callable[[str], None],
) -> Done:
    """Each once, however often it is asked for. Raises `UserError` for damaged results."""
    wanted = {one.id: one for one in measurings}
    figures = {name: there for name in wanted if (there := kept(name, out)) is not None}
    if figures:
        say(f"{len(figures)} of {len(wanted)} are measured already")
    failed: dict[str, str] = {}
    broken: list[str] = []
    missing = [one for one in wanted.values() if one.id not in figures]
    train = _tried_once(train)
    for one in track(missing, len(missing), "measured"):
        try:
            folders = [trained(training, out, train) for training in one.trainings]
            figures[one.id] = measure(one, folders)
            _keep(one, figures[one.id], out)
        except UserError as error:
            failed[one.id] = str(error)
            say(f"{one.id}: not run: {error}")
        except RuntimeError as error:
            # Torch's, such as a device that has too little memory for one of the networks: the others may fit.
            failed[one.id] = _broken(one, error, out)
            broken.append(one.id)
            say(f"{one.id}: {failed[one.id]}")
        else:
            (out / FAILED / f"{one.id}.json").unlink(missing_ok=True)  # of an earlier time
            say(f"{one.id}: {_told(figures[one.id])}")
    return Done(figures, failed, tuple(broken))


def kept(name: str, out: Path) -> Figures | None:
    """What was measured at an earlier time. Raises `UserError` where it is damaged."""
    file = out / MEASURED / f"{name}.json"
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {key: Figure(**value) for key, value in content["figures"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{file}: is damaged ({error}); delete it, and it is made again") from error


def chain_of(training: Training) -> list[Training]:
    """A training and those that it begins with, the first of them first."""
    before = [] if training.begins_with is None else chain_of(training.begins_with)
    return [*before, training]


def trainings_of(asked: Iterable[Training]) -> list[Training]:
    """With all that they begin with, each once, and none before what it begins with."""
    return list(dict.fromkeys(each for training in asked for each in chain_of(training)))


def trained(training: Training, out: Path, train: Train) -> Path:
    """The folder of the training, after all that it begins with. Raises `UserError`."""
    before: Path | None = None
    for one in chain_of(training):
        folder = out / TRAININGS / one.id
        train(one, folder, before)
        before = folder
    assert before is not None
    return before


def _tried_once(train: Train) -> Train:
    """A training that failed for one row fails for the next at once, with the same words."""
    failures: dict[Path, tuple[type[UserError] | type[RuntimeError], str]] = {}

    def tried(training: Training, folder: Path, begins_with: Path | None) -> None:
        if folder in failures:
            kind, why = failures[folder]
            raise kind(why)
        try:
            train(training, folder, begins_with)
        except (UserError, RuntimeError) as error:
            # The words alone: an exception holds on to what was on the device when it was raised.
            kind = UserError if isinstance(error, UserError) else RuntimeError
            failures[folder] = kind, str(error)
            raise

    return tried


def _told(figures: Figures) -> str:
    known = [(name, figure.value) for name, figure in figures.items() if figure.value is not None]
    return ", ".join(f"{name} {value:.4f}" for name, value in known[:_TOLD]) or "no figure"


def _broken(one: Measuring, error: RuntimeError, out: Path) -> str:
    """Keeps where it broke. Raises `UserError` where that cannot be written."""
    file = out / FAILED / f"{one.id}.json"
    where = "".join(traceback.format_exception(error)).splitlines()
    write_document({"what": one.description(), "traceback": where}, file)
    first = (str(error).splitlines() or ["without a word"])[0]
    return f"broke off with {type(error).__name__}: {first}; {file} tells where"


def _keep(one: Measuring, figures: Figures, out: Path) -> None:
    content: dict[str, Any] = {
        "what": one.description(),
        "figures": {name: asdict(figure) for name, figure in figures.items()},
    }
    write_document(content, out / MEASURED / f"{one.id}.json")
