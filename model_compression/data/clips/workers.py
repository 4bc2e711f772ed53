"""Videos and albums shared out to processes that make their pieces, each with models of its own.

A stop lets each process finish the clip at hand; a process whose parent is gone ends by itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

import cv2

from edge_app.errors import UserError
from model_compression.data.clips.clip_making import LeftOut, MadeClip, make_clips
from model_compression.data.clips.face_track import FaceFinder
from model_compression.data.clips.picture_making import make_pictures
from model_compression.data.clips.pieces import write_piece
from model_compression.data.clips.settings import ClipSettings
from model_compression.data.clips.source_picture import Album
from model_compression.data.clips.source_video import Source


@dataclass(frozen=True, slots=True)
class Order:
    name: str  # of the piece
    source: Source


class StoppedError(Exception):
    """The parent process wants no more of this."""


def make_pieces(
    orders: Sequence[Order],
    folder: Path,
    settings: ClipSettings,
    finder: FaceFinder,
    *,
    processes: int,
) -> Iterator[int]:
    """One step for each piece that is whole: what it counts. With one process the work is done here, by `finder`."""
    if processes == 1 or len(orders) < 2:
        for order in orders:
            write_piece(folder, order.name, _made(order.source, settings, finder))
            yield order.source.count
        return
    # Runtimes and OpenCV have threads, which a fork would lose.
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    with ProcessPoolExecutor(
        min(processes, len(orders)), context, _begin, (folder, settings, stop)
    ) as pool:
        try:
            work = {pool.submit(_make_piece, order): order.source.count for order in orders}
            for done in as_completed(work):
                done.result()
                yield work[done]
        except BrokenProcessPool as error:
            raise UserError(
                "a process that prepares clips was ended from outside, mostly for want of memory; the same"
                " command goes on, with fewer --processes."
            ) from error
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _made(
    source: Source, settings: ClipSettings, finder: FaceFinder
) -> Iterator[MadeClip | LeftOut]:
    if isinstance(source, Album):
        return make_pictures(source, settings, finder)
    return make_clips(source, settings, finder)


@dataclass(frozen=True, slots=True)
class _Workshop:
    folder: Path
    settings: ClipSettings
    finder: FaceFinder
    stop: Event


_workshop: _Workshop | None = None  # of this process of the pool


def _begin(folder: Path, settings: ClipSettings, stop: Event) -> None:
    global _workshop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    _workshop = _Workshop(folder, settings, FaceFinder(), stop)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "runs in a process of the pool"
    parent.join()
    os._exit(1)


def _make_piece(order: Order) -> None:
    assert _workshop is not None, "the pool starts its processes with _begin"
    clips = _made(order.source, _workshop.settings, _workshop.finder)
    write_piece(_workshop.folder, order.name, _until_stopped(clips, _workshop.stop))


def _until_stopped(
    clips: Iterable[MadeClip | LeftOut], stop: Event
) -> Iterator[MadeClip | LeftOut]:
    for clip in clips:
        if stop.is_set():
            raise StoppedError
        yield clip
