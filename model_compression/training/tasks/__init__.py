"""What can be learned: one file for each task, found by its name and imported only when chosen."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec

from edge_app.errors import UserError
from model_compression.training.task import Task, TaskInput

TASKS = {
    name: f"{__name__}.{name}"
    for name in (
        *("detector", "face", "eyes", "expression", "clips", "temporal"),
        *("masked_clips", "joint", "pictures", "affect", "identity"),
        *("audio_visual", "valence_arousal", "mimicry"),
    )
}  # name -> module with `open_task(given: TaskInput) -> Task`


def open_task(name: str, given: TaskInput) -> Task:
    """The task called `name`; a name with a dot is the module of a task that does not come with Vigil."""
    module = TASKS.get(name, name if "." in name else None)
    if module is None:
        near = get_close_matches(name, TASKS, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known are: {', '.join(TASKS)}."
        raise UserError(f"task.name: there is no task `{name}`; {hint}")
    if not _exists(module):
        raise UserError(f"task.name: there is no module {module} to take the task from.")
    task = import_module(module).open_task(given)
    if not isinstance(task, Task):
        raise TypeError(f"{module}.open_task returned {type(task).__name__}, which is no Task")
    return task


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
