"""What a set consists of: splits share nobody and nothing, and nothing beside the picture tells a label."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from driver_simulator.dataset.missing_classes import enough_clips, missing_classes
from driver_simulator.dataset.people import person_named
from driver_simulator.dataset.plan import DatasetPlan, make_plan
from driver_simulator.dataset.settings import DatasetSettings
from driver_simulator.dataset.tasks import CLASSES, SPLITS, TASKS
from driver_simulator.scenario.scenario import Scenario

PROJECT = Path(__file__).resolve().parents[3]
PORTRAITS = [f"p{number}.jpg" for number in range(20)]


def planned(**changes: object) -> DatasetPlan:
    settings = DatasetSettings.model_validate({"clips": 210, "seed": 3, **changes})
    return make_plan(settings, PORTRAITS)


@pytest.fixture(scope="module")
def plan() -> DatasetPlan:
    return planned()


@pytest.mark.parametrize("what", ["person", "portrait", "camera", "light"])
def test_no_split_shares_it_with_another(plan, what):
    seen = {split: set() for split in SPLITS}
    for drive, clip in plan.clips:
        of_drive = {
            "person": drive.person.name,
            "portrait": drive.scenario.person.portrait,
            "camera": drive.camera,
            "light": drive.light,
        }
        seen[clip.split].add(of_drive[what])
    assert all(seen.values())
    assert sum(map(len, seen.values())) == len(set.union(*seen.values()))


def test_every_split_sees_through_both_kinds_of_camera(plan):
    for conditions in plan.conditions.values():
        assert {camera.spectrum for camera in conditions.cameras} == {"colour", "near_infrared"}


def test_each_task_has_as_many_clips_as_asked_for(plan):
    assert Counter(clip.task for _, clip in plan.clips) == dict.fromkeys(TASKS, 210)


def test_every_person_shows_every_class_about_as_often(plan):
    for task in TASKS:
        by_person: dict[str, Counter[str]] = {}
        for drive, clip in plan.clips:
            if clip.task == task:
                by_person.setdefault(drive.person.name, Counter())[clip.label_as_scripted] += 1
        for counts in by_person.values():
            numbers = [counts[label] for label in CLASSES[task]]
            assert max(numbers) - min(numbers) <= 1


def test_same_settings_give_the_same_plan_in_whatever_order_photographs_are_named(plan):
    again = make_plan(plan.settings, PORTRAITS[::-1])
    assert again.fingerprint == plan.fingerprint
    assert again.drives == plan.drives


def test_another_seed_gives_another_plan(plan):
    assert planned(seed=4).fingerprint != plan.fingerprint


def test_share_of_wrong_labels_is_the_one_set():
    plan = planned(clips=800, tasks=["drowsiness"], label_noise=0.2)
    wrong = np.mean([clip.label != clip.label_as_scripted for _, clip in plan.clips])
    # Four deviations of the share.
    assert wrong == pytest.approx(0.2, abs=4 * (0.2 * 0.8 / 800) ** 0.5)


def test_labels_are_those_scripted_where_no_noise_is_wanted():
    plan = planned(label_noise=0.0)
    assert all(clip.label == clip.label_as_scripted for _, clip in plan.clips)


def test_wrong_levels_of_intoxication_are_neighbours():
    plan = planned(label_noise=0.5, tasks=["intoxication"])
    levels = CLASSES["intoxication"]
    for _, clip in plan.clips:
        assert abs(levels.index(clip.label) - levels.index(clip.label_as_scripted)) <= 1


def test_state_of_a_clip_is_that_of_its_scripted_class(plan):
    for _, clip in plan.clips:
        state = clip.scenario.state[0]
        if clip.task == "drowsiness":
            assert (state.kss >= 7) == (clip.label_as_scripted == "drowsy")
        elif clip.task == "intoxication":
            assert state.impairment == clip.label_as_scripted
        else:
            shown = [one.expression for one in clip.scenario.behaviours if one.type == "express"]
            wanted = clip.label_as_scripted
            assert shown == ([] if wanted == "neutral" else [wanted])


def test_awake_people_yawn_talk_and_narrow_their_eyes_too():
    plan = planned(clips=300, tasks=["drowsiness"])
    seen = Counter(
        one.type
        for _, clip in plan.clips
        if clip.label_as_scripted == "alert"
        for one in clip.scenario.behaviours
    )
    assert {"yawn", "talk", "squint", "look_at", "laugh"} <= set(seen)


def test_stronger_impairment_brings_more_slow_blinks_and_none_brings_some():
    plan = planned(clips=300, tasks=["intoxication"])
    count = Counter(
        clip.label_as_scripted
        for _, clip in plan.clips
        for one in clip.scenario.behaviours
        if one.type == "long_blink"
    )
    assert 0 < count["none"] < count["moderate"] < count["strong"]


def test_clips_of_one_person_are_different_stretches_of_that_persons_time(plan):
    by_person: dict[str, list[float]] = {}
    for drive, clip in plan.clips:
        by_person.setdefault(drive.person.name, []).append(clip.from_s)
    for starts_s in by_person.values():
        assert np.all(np.diff(sorted(starts_s)) >= plan.settings.duration_s)


def test_drives_go_on_beyond_what_happens_in_their_clips(plan):
    for _, clip in plan.clips:
        Scenario.model_validate(clip.scenario.model_dump())
        assert clip.scenario.duration_s > clip.from_s + plan.settings.duration_s


@pytest.mark.parametrize("people", [3, 4, 7])
def test_few_people_leave_no_split_empty(people):
    plan = make_plan(DatasetSettings(clips=30), PORTRAITS[:people])
    assert {clip.split for _, clip in plan.clips} == set(SPLITS)
    assert {person.split for person in plan.people} == set(SPLITS)


@pytest.mark.parametrize("task", TASKS)
def test_fewest_clips_that_are_enough_hold_every_class_in_every_split(task):
    enough = enough_clips([task])
    assert not missing_classes(planned(tasks=[task], clips=enough, label_noise=0))
    assert missing_classes(planned(tasks=[task], clips=enough - 1, label_noise=0))


def test_classes_without_a_clip_are_named_for_each_split():
    few = {
        one.split: one.labels
        for one in missing_classes(planned(tasks=["expression"], clips=6, label_noise=0))
    }
    assert few == {
        "train": CLASSES["expression"][3:],
        "val": CLASSES["expression"][1:],
        "test": CLASSES["expression"][2:],
    }


@pytest.mark.parametrize(
    ("photograph", "person"),
    [
        ("Ann_Lee_0002", "Ann_Lee"),
        ("Ann_Lee_0011", "Ann_Lee"),
        ("Ann_Lee", "Ann_Lee"),
        ("driver-7", "driver"),
        ("00071", "00071"),
    ],
)
def test_photographs_that_differ_by_their_number_are_one_person(photograph, person):
    assert person_named(photograph) == person


def test_no_estimator_and_no_training_reads_how_classes_overlap():
    for room in ("edge_app", "calibration", "model_compression", "firmware_configs", "benchmarks"):
        for path in (PROJECT / room).rglob("*"):
            if path.suffix in (".py", ".yaml", ".toml") and "__pycache__" not in path.parts:
                text = path.read_text(encoding="utf-8")
                assert "overlap.yaml" not in text, path
                assert "driver_simulator.dataset" not in text, path
