"""Asks trained clip networks about prepared clips, and tells what they are worth there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.bench import Track
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.clips.figures import figure_over_seeds
from model_compression.evaluation.clips.pooling import Pooling, pooled
from model_compression.evaluation.clips.scores import Scores, scores_of, scores_of_videos
from model_compression.evaluation.clips.teacher_report import (
    ScoredNetwork,
    ScoredSet,
    TeacherReport,
)
from model_compression.scoring.seen_people import known_people, unknown_people
from model_compression.scoring.trained import TrainedTeacher
from model_compression.scoring.which_clips import (
    AskedClips,
    Split,
    asked_clips,
    refuse_classes_that_differ,
)
from model_compression.training.clips.answered import answered
from model_compression.training.device import DeviceChoice

SIMULATED = "simulated"
Grid = Sequence[Sequence[TrainedTeacher]]  # for each seed its networks, by fold


@dataclass(frozen=True, slots=True)
class Plan:
    """Which network is asked about which clips; made before any is asked, so that nothing is refused late."""

    networks: Grid
    asked: Sequence[Sequence[Sequence[AskedClips]]]  # of each network, of each set

    @property
    def flat(self) -> Iterator[tuple[TrainedTeacher, Sequence[AskedClips]]]:
        for own, of_seed in zip(self.networks, self.asked, strict=True):
            yield from zip(own, of_seed, strict=True)


def planned(networks: Grid, folders: Sequence[Path], split: Split) -> Plan:
    """folders: of clips; none: those that the networks learned from. Raises `UserError`."""
    stores = [ClipStore.open(folder) for folder in folders] or _own_stores(networks[0][0])
    if len({store.folder.resolve() for store in stores}) < len(stores):
        raise UserError("--clips names a folder twice; give each once.")
    asked = [
        [[asked_clips(store, trained, split) for store in stores] for trained in own]
        for own in networks
    ]
    refuse_classes_that_differ(stores, networks[0][0].teacher.question.label)
    if len(networks[0]) > 1:
        for clips in (each for of_seed in asked for of_network in of_seed for each in of_network):
            if not clips.which.startswith("fold "):
                raise UserError(
                    f"{clips.store.folder}: networks of several folds are taken together over the clips that each"
                    f" kept, and not over {clips.which}; give --split test and a set with these folds, or evaluate the"
                    " networks one by one."
                )
    return Plan(networks, asked)


def ask(plan: Plan, device: DeviceChoice, track: Track) -> list[list[ClipAnswers]]:
    """For each seed the answers of its networks. Raises `UserError`."""
    return [
        [_answers(one, clips, device, track) for one, clips in zip(own, asked, strict=True)]
        for own, asked in zip(plan.networks, plan.asked, strict=True)
    ]


def report_of(plan: Plan, by_seed: Sequence[Sequence[ClipAnswers]], how: Pooling) -> TeacherReport:
    """by_seed: what `ask` gave."""
    first, asked = next(plan.flat)
    clips, videos = scores_of(by_seed), scores_of_videos(by_seed, how)
    sets = tuple(_set(plan, number) for number in range(len(asked)))
    several = len(plan.networks[0]) > 1
    answers = [one for own in by_seed for one in own]
    return TeacherReport(
        label=first.teacher.question.label,
        positive_from=first.teacher.question.positive_from,
        which="the fold that each network kept" if several else asked[0].which,
        networks=tuple(
            _network(one, own) for (one, _), own in zip(plan.flat, answers, strict=True)
        ),
        sets=sets,
        clips=clips,
        videos=videos,
        by_video=how,
        warnings=tuple(_warnings(plan, clips)),
        notes=tuple(_notes(plan, sets, clips, videos, answers)),
    )


def _own_stores(trained: TrainedTeacher) -> list[ClipStore]:
    folders = trained.own.folders
    gone = [folder for folder in folders if not folder.is_dir()]
    if gone:
        raise UserError(
            f"{trained.path}: the clips that it learned from are not at {', '.join(map(str, gone))}; name a folder of"
            " clips with --clips."
        )
    stores = [ClipStore.open(folder) for folder in folders]
    measured = [store for store in stores if trained.teacher.options.is_measured_on(store)]
    return measured or stores


def _answers(
    trained: TrainedTeacher, asked: Sequence[AskedClips], device: DeviceChoice, track: Track
) -> ClipAnswers:
    teacher = trained.teacher
    parts = []
    for each in asked:
        said = answered(
            teacher.network,
            each.store,
            [clip.row for clip in each.clips],
            [clip.label for clip in each.clips],
            seen=teacher.seen,
            channels=teacher.channels,
            device=device,
            track=track,
        )
        classes = teacher.question.classes(each.store.classes[teacher.question.label])
        parts.append(said.answers(classes))
    if len(parts) == 1:
        return parts[0]
    # People and videos of two sets may have one name.
    return pooled(
        [
            ClipAnswers(
                part.logits,
                part.truth,
                tuple(person and f"{each.store.folder}: {person}" for person in part.persons),
                tuple(f"{each.store.folder}: {video}" for video in part.videos),
                part.classes,
            )
            for part, each in zip(parts, asked, strict=True)
        ]
    )


def _network(trained: TrainedTeacher, answers: ClipAnswers) -> ScoredNetwork:
    teacher = trained.teacher
    return ScoredNetwork(
        path=str(trained.path),
        sha256=teacher.sha256,
        name=teacher.config["network"]["name"],
        parameters=sum(each.numel() for each in teacher.network.parameters()),
        step=teacher.step,
        seed=trained.seed,
        fold=trained.fold,
        n=len(answers),
        figures={name: figure_over_seeds([answers], name) for name in ("accuracy", "uar")},
    )


def _set(plan: Plan, number: int) -> ScoredSet:
    own = [asked[number] for _, asked in plan.flat]
    store = own[0].store
    kind = str(store.description.get("kind", "unknown"))
    return ScoredSet(
        path=str(store.folder),
        kind=kind,
        fingerprint=store.fingerprint,
        simulated=kind == SIMULATED,
        n=len({clip.row for asked in own for clip in asked.clips}),
        notes=tuple(store.notes),
    )


def _warnings(plan: Plan, clips: Scores) -> Iterator[str]:
    yield from _of_networks(plan, known_people)
    if not clips.beats_guessing:
        yield "by UAR no better than guessing, within its 95 % interval."


def _notes(
    plan: Plan,
    sets: Sequence[ScoredSet],
    clips: Scores,
    videos: Scores | None,
    answers: Sequence[ClipAnswers],
) -> Iterator[str]:
    guessing = clips.guessing
    yield (
        f"Guessing: always '{guessing.most_frequent}', the most frequent class ({guessing.accuracy:.1%}), or by chance."
    )
    accuracy = clips.figures["accuracy"]
    if accuracy.low is None:
        yield f"Interval: {accuracy.interval}."
    if clips.absent:
        yield f"No clip that was asked about is {' or '.join(clips.absent)}."
    if videos is None and any(len(set(own.videos)) < len(own) for own in answers):
        yield "Some videos have clips of more than one class or person: they are judged clip by clip alone."
    yield from _of_networks(plan, unknown_people)
    yield from _of_networks(plan, _unfinished)
    yield from (f"{each.path}: {note}" for each in sets for note in each.notes)


def _of_networks(
    plan: Plan, sentences: Callable[[TrainedTeacher, AskedClips], Iterator[str]]
) -> Iterator[str]:
    """What is to be said of networks and sets; once, where it is the same of all networks."""
    said: dict[str, list[str]] = {}
    for trained, asked in plan.flat:
        for each in asked:
            for told in sentences(trained, each):
                paths = said.setdefault(told, [])
                if str(trained.path) not in paths:
                    paths.append(str(trained.path))
    networks = sum(1 for _ in plan.flat)
    for told, paths in said.items():
        yield told if len(paths) == networks else f"{', '.join(paths)}: {told}"


def _unfinished(trained: TrainedTeacher, asked: AskedClips) -> Iterator[str]:
    if trained.finished is False:
        yield f"the training of {trained.steps} steps is not finished; these are its best weights so far."
