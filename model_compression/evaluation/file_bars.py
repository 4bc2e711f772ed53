"""A bar for each file that is read or each thing that is tried, gone when it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model_compression.evaluation.bench import Track

T = TypeVar("T")


class FileBars:
    """`with FileBars(console) as track`; nothing is drawn where nobody looks."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Track:
        self._progress.start()
        return self._track

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def _track(self, items: Iterable[T], total: int | None, what: str) -> Iterator[T]:
        task = self._progress.add_task(what, total=total)
        try:
            for item in items:
                yield item
                self._progress.advance(task)
        finally:
            self._progress.remove_task(task)
