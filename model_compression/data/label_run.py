"""Labelling whole sets: in several processes, in chunks that survive a stop, into the cache that training reads.

A set whose files, teacher and labelling code have not changed since is left as it is.
"""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
from model_compression.data.labelled_set import (
    FaceLabels,
    fingerprint_of,
    labels_folder,
    load_labels,
    replace_arrays,
    save_labels,
)
from model_compression.data.picture_set import Picture, PictureSet
from model_compression.data.sets import open_set
from model_compression.data.teacher_labels import LABELS_VERSION, FaceLabel, label_picture
from model_compression.data.turned import SOURCES, TURNED

CHUNK = 64  # pictures; a few seconds of work
_UNREADABLE_CHUNK = (OSError, EOFError, KeyError, ValueError)

Progress = Callable[[str, int, int], None]
"""Called with the set's name, the pictures done so far and all of them."""


@dataclass(frozen=True, slots=True)
class LabelledCount:
    name: str
    faces: int
    found: int
    made_now: bool  # False: the cache was up to date


def prepare(
    set_names: Sequence[str],
    data_root: Path,
    cache_root: Path,
    teacher_file: Path,
    *,
    processes: int = 1,
    progress: Progress = lambda name, done, of: None,
    finished: Callable[[LabelledCount], None] = lambda count: None,
) -> list[LabelledCount]:
    """Labels the sets one after the other; `finished` is called after each."""
    # All sets are opened first: a missing one is told before an hour of work, not after.
    sets = [open_set(name, data_root, cache_root) for name in set_names]
    for pictures in sets:
        if pictures.name != TURNED or not set(SOURCES) <= set(set_names):
            pictures.files()
    # A bad teacher is told here by its own words; a process of the pool would only be reported as broken.
    MediaPipeLandmarker(teacher_file)
    counts = []
    for pictures in sets:
        counts.append(_prepare(pictures, cache_root, teacher_file, processes, progress))
        finished(counts[-1])
    return counts


def _prepare(
    pictures: PictureSet, cache_root: Path, teacher_file: Path, processes: int, progress: Progress
) -> LabelledCount:
    fingerprint = _fingerprint(pictures, teacher_file)
    made_now = fingerprint_of(pictures.name, cache_root) != fingerprint
    if made_now:
        folder = labels_folder(pictures.name, cache_root)
        chunks = folder / f"chunks-{fingerprint[:16]}"
        for outdated in folder.glob("chunks-*"):
            if outdated != chunks:
                shutil.rmtree(outdated)
        chunks.mkdir(parents=True, exist_ok=True)
        _label_chunks(pictures, teacher_file, chunks, processes, progress)
        save_labels(folder, *_assembled(pictures, chunks), fingerprint)
        shutil.rmtree(chunks)
    found = load_labels(pictures.name, cache_root).labels.found
    return LabelledCount(pictures.name, len(found), int(found.sum()), made_now)


def _fingerprint(pictures: PictureSet, teacher_file: Path) -> str:
    digest = hashlib.sha256(f"{LABELS_VERSION} {pictures.name} {pictures.views}".encode())
    for path in (*pictures.files(), teacher_file):
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise UserError(
                f"{path}: cannot be read ({error.strerror}); check the file."
            ) from error
    return digest.hexdigest()


def _label_chunks(
    pictures: PictureSet, teacher_file: Path, chunks: Path, processes: int, progress: Progress
) -> None:
    total = pictures.count()
    done = 0
    progress(pictures.name, done, total)
    with ProcessPoolExecutor(
        processes,
        multiprocessing.get_context("spawn"),
        initializer=_start_teacher,
        initargs=(teacher_file,),
    ) as pool:
        waiting: dict[Future[None], int] = {}
        try:
            for first, chunk in _chunked(pictures.pictures()):
                path = chunks / f"{first:07d}.npz"
                if _labels_of_chunk(path) is not None:
                    done += len(chunk)
                    progress(pictures.name, done, total)
                    continue
                work = pool.submit(
                    _label_chunk, chunk, first, pictures.views, pictures.enlargement, path
                )
                waiting[work] = len(chunk)
                # Two chunks a process are enough to keep it busy, and the rest need not lie in memory.
                while len(waiting) >= 2 * processes:
                    done += _collect(waiting)
                    progress(pictures.name, done, total)
            while waiting:
                done += _collect(waiting)
                progress(pictures.name, done, total)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _collect(waiting: dict[Future[None], int]) -> int:
    """Waits for the next chunks to end and takes them out; returns how many pictures they held."""
    ended, _ = wait(waiting, return_when=FIRST_COMPLETED)
    count = 0
    for work in ended:
        count += waiting.pop(work)
        work.result()
    return count


def _chunked(pictures: Iterable[Picture]) -> Iterator[tuple[int, list[Picture]]]:
    rest = iter(pictures)
    for first in itertools.count(0, CHUNK):
        chunk = list(itertools.islice(rest, CHUNK))
        if not chunk:
            return
        yield first, chunk


_teacher: MediaPipeLandmarker | None = None  # of this process of the pool


def _start_teacher(teacher_file: Path) -> None:
    global _teacher
    cv2.setNumThreads(1)
    _teacher = MediaPipeLandmarker(teacher_file)


def _label_chunk(
    chunk: list[Picture], first: int, views: int, enlargement: int, path: Path
) -> None:
    assert _teacher is not None, "the pool starts its processes with _start_teacher"
    labels = [
        label
        for number, picture in enumerate(chunk, first)
        for label in label_picture(
            _teacher, picture, views=views, enlargement=enlargement, seed=number
        )
    ]
    names = [field.name for field in fields(FaceLabel)]
    replace_arrays(
        path, **{name: np.array([getattr(one, name) for one in labels]) for name in names}
    )


def _labels_of_chunk(path: Path) -> dict[str, NDArray[np.float32]] | None:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {field.name: arrays[field.name] for field in fields(FaceLabel)}
    except _UNREADABLE_CHUNK:
        return None


def _assembled(pictures: PictureSet, chunks: Path) -> tuple[NDArray[np.uint8], FaceLabels]:
    pixels: list[NDArray[np.uint8]] = []
    rows: list[tuple[int, int, int, str, str, int]] = []
    read: list[dict[str, NDArray[np.float32]]] = []
    offset = 0
    for first, chunk in _chunked(pictures.pictures()):
        labels = _labels_of_chunk(chunks / f"{first:07d}.npz")
        if labels is None:
            raise UserError(f"{chunks}: chunk {first} is missing; run the labelling again.")
        read.append(labels)
        for picture in chunk:
            luma = picture.luma()
            height, width = luma.shape
            rows += [
                (offset, height, width, picture.source, person, picture.emotion)
                for person in picture.people
            ]
            pixels.append(luma.ravel())
            offset += luma.size
    offsets, heights, widths, sources, people, emotions = zip(*rows, strict=True)

    def floats(name: str) -> NDArray[np.float32]:
        return np.concatenate([labels[name] for labels in read]).astype(np.float32)

    return np.concatenate(pixels), FaceLabels(
        offset=np.array(offsets, dtype=np.int64),
        height=np.array(heights, dtype=np.int32),
        width=np.array(widths, dtype=np.int32),
        source=np.array(sources, dtype=np.str_),
        person=np.array(people, dtype=np.str_),
        emotion=np.array(emotions, dtype=np.int8),
        found=np.concatenate([labels["found"] for labels in read]).astype(np.bool_),
        presence=floats("presence"),
        landmarks=floats("landmarks"),
        landmark_std=floats("landmark_std"),
        rotation=floats("rotation"),
        rotation_std_rad=floats("rotation_std_rad"),
        blendshapes=floats("blendshapes"),
        blendshapes_std=floats("blendshapes_std"),
    )
