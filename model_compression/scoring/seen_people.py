"""What is to be said where a network may have seen the people whose clips it is asked about."""

from __future__ import annotations

from collections.abc import Iterator

from model_compression.scoring.learned_from import Training
from model_compression.scoring.trained import TrainedTeacher
from model_compression.scoring.which_clips import AskedClips, acquaintance, namesakes

_NO_SCORE = "this is no score on unseen people"


def known_people(trained: TrainedTeacher, asked: AskedClips) -> Iterator[str]:
    """Warnings, of its own training and of each that it goes on from."""
    for training in trained.trainings:
        sentence = _known(training, asked, _who(training, trained))
        if sentence is not None:
            yield sentence


def unknown_people(trained: TrainedTeacher, asked: AskedClips) -> Iterator[str]:
    """What nobody can know."""
    folder = asked.store.folder
    known = False
    others = []
    for training in trained.trainings:
        if acquaintance(asked, training) is not None:
            known = True
            continue
        who = _who(training, trained)
        if training.learned is None:
            yield (
                f"{folder}: no run.json of its training lies beside {who}, and whether it learned from these clips is"
                " not known."
            )
        else:
            others.append(who)
    if others:
        yield (
            f"{folder}: another set than {' and '.join(others)} learned from; whether both share people is not known."
        )
    if trained.before.lost_at is not None:
        yield (
            f"the training goes back to the weights of {trained.before.lost_at} (init_from), and whether they had seen"
            " these people is not known."
        )
    if known and not all(clip.person for clip in asked.clips):
        yield f"{folder}: nobody says who is on some clips, and the network may know their people from others."


def _known(training: Training, asked: AskedClips, who: str) -> str | None:
    known = acquaintance(asked, training)
    folder = asked.store.folder
    people = len({clip.person for clip in asked.clips} - {""})
    if known is None:
        alike = namesakes(asked, training)
        return (
            f"{alike} of {people} people of {folder} have the names of people whom {who} learned from in another set of"
            f" this kind: if they are the same, {_NO_SCORE}."
            if alike
            else None
        )
    of = f"of {len(asked.clips)} clips of {folder}"
    if known.learned:
        return f"{who} learned from {known.learned} {of}: {_NO_SCORE}."
    if known.chosen_by:
        return f"the weights of {who} were chosen by {known.chosen_by} {of}, which flatters it."
    if known.people:
        return f"{who} learned from other clips of {known.people} of {people} people of {folder}: {_NO_SCORE}."
    return None


def _who(training: Training, trained: TrainedTeacher) -> str:
    if training is trained.own:
        return "the network"
    return f"{training.path}, whose weights the network goes on from,"
