"""What tables ask for is done once, kept, and put in its places."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.errors import UserError
from model_compression.evaluation.bench import untracked
from model_compression.evaluation.figure import Figure, Figures
from model_compression.reproduce.job_runner import Done, run_jobs
from model_compression.reproduce.job_tables import job_reproduction, measurings_of
from model_compression.reproduce.jobs import WEIGHTS, Cell, Measuring, Training
from model_compression.reproduce.named_sets import CannotRunError, NamedSet, Role, named_sets
from model_compression.reproduce.printed import printed_tables
from model_compression.reproduce.table import markdown
from tests.model_compression.reproduce.made_sets import rows_of, write_set

CLIPS = NamedSet("FERV39k", Path("clips"), "clips", "simulated", "abc", True, ("a note",))
FIRST = Training("masked", "unilearn-pretrain", (CLIPS,))
SECOND = Training("joint", "unilearn", (CLIPS,), begins_with=FIRST, steps=20)
ASKED = Measuring("clips", CLIPS, (SECOND,))


class Workshop:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.trained: list[tuple[str, str | None]] = []
        self.measured: list[str] = []

    def train(self, training: Training, folder: Path, begins_with: Path | None) -> None:
        self.trained.append((folder.name, None if begins_with is None else begins_with.name))

    def measure(self, measuring: Measuring, folders: Sequence[Path]) -> Figures:
        self.measured.append(measuring.id)
        if measuring.how == "impossible":
            raise UserError("the clips are gone")
        if measuring.how == "too large":
            raise RuntimeError("out of memory\nat a place")
        return {"uar": Figure(0.4, 30, 6, 6, 0.3, 0.5, "bootstrap")}


def run(measurings: Sequence[Measuring], out: Path, workshop: Workshop) -> Done:
    return run_jobs(
        measurings,
        out,
        workshop.train,
        workshop.measure,
        track=untracked,
        say=lambda _: None,
    )


def test_weights_go_from_the_first_training_to_the_next_and_what_is_measured_is_kept(
    tmp_path: Path,
) -> None:
    workshop = Workshop()
    done = run([ASKED, ASKED], tmp_path, workshop)
    assert workshop.trained == [(FIRST.id, None), (SECOND.id, FIRST.id)]
    again = Workshop()
    assert run([ASKED], tmp_path, again).figures == done.figures
    assert not again.measured and not again.trained


def test_another_seed_or_step_count_is_another_training_and_where_a_set_lies_is_not() -> None:
    assert replace(SECOND, seed=2).id != SECOND.id
    assert replace(SECOND, steps=21).id != SECOND.id
    moved = replace(CLIPS, folder=Path("elsewhere"))
    assert replace(ASKED, on=moved).id == ASKED.id
    assert replace(ASKED, on=replace(CLIPS, fingerprint="def")).id != ASKED.id


@pytest.mark.parametrize("key", ["config", "weights"])
def test_another_file_of_the_same_name_is_another_training(key: str, tmp_path: Path) -> None:
    file = tmp_path / "given.yaml"
    file.write_text("one", encoding="utf-8")
    training = replace(SECOND, **{key: str(file)})
    before = training.id
    file.write_text("the other", encoding="utf-8")
    assert training.id != before


def test_another_network_in_a_folder_of_weights_is_another_training_and_its_place_is_not(
    tmp_path: Path,
) -> None:
    def training(folder: str, content: str) -> str:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "config.json").write_text(content)
        return replace(SECOND, settings=((WEIGHTS, str(tmp_path / folder)),)).id

    assert training("here", "one") == training("there", "one") != training("here", "the other")


def test_stand_ins_are_told_for_what_they_are() -> None:
    faces = replace(CLIPS, role="pictures", content="pictures", kind="fer2013", fingerprint="def")
    joint = replace(ASKED, trainings=(replace(SECOND, sets=(CLIPS, faces)),))
    heading = job_reproduction(
        printed_tables(3)[2], [Cell(0, 0, "uar", (joint,))], Done({}, {})
    ).heading
    assert "(simulated drivers; pictures of fer2013 in place of the paper's: cons" in heading


def test_what_fails_costs_the_others_nothing_and_is_told_in_its_place(tmp_path: Path) -> None:
    bad = replace(ASKED, how="impossible")
    table = printed_tables(3)[2]
    cells = [
        Cell(0, 0, "uar", (ASKED,)),
        Cell(1, 0, "uar", (bad,)),
        Cell(2, 0, "uar", "no clips of VoxCeleb2"),
        Cell(3, 0, "accuracy", (ASKED,)),
    ]
    done = run(measurings_of(cells), tmp_path, Workshop())
    text = markdown(job_reproduction(table, cells, done))
    assert "| 27.67 | 40.00 | 30.00–50.00 | 30 | 6 |" in text
    assert "the clips are gone" in text and "no clips of VoxCeleb2" in text
    assert "simulated drivers" in text and "FERV39k: a note" in text
    assert "unilearn, 20 steps" in text


def test_what_breaks_off_costs_the_others_nothing_and_where_it_did_is_kept(tmp_path: Path) -> None:
    large = replace(ASKED, how="too large")
    done = run([large, ASKED], tmp_path, Workshop())
    assert done.broken == (large.id,) and ASKED.id in done.figures
    file = tmp_path / "failed" / f"{large.id}.json"
    assert (
        done.failed[large.id] == f"broke off with RuntimeError: out of memory; {file} tells where"
    )
    assert any("in measure" in line for line in json.loads(file.read_text())["traceback"])


def test_a_training_that_failed_is_not_tried_again_for_the_next_row(tmp_path: Path) -> None:
    tried = []

    def train(training: Training, folder: Path, begins_with: Path | None) -> None:
        tried.append(training.id)
        raise RuntimeError("out of memory")

    asked = [ASKED, replace(ASKED, settings=(("way", "smoothed"),))]
    done = run_jobs(asked, tmp_path, train, Workshop().measure, track=untracked, say=lambda _: None)
    assert len(done.broken) == 2 and tried == [FIRST.id]
    assert all("out of memory" in why for why in done.failed.values())


def test_a_defect_stops_the_run(tmp_path: Path) -> None:
    def measure(measuring: Measuring, folders: Sequence[Path]) -> Figures:
        raise KeyError("uar")

    with pytest.raises(KeyError):
        run_jobs([ASKED], tmp_path, Workshop().train, measure, track=untracked, say=lambda _: None)


def test_figures_of_seeds_are_their_mean_without_the_interval_of_one(tmp_path: Path) -> None:
    cell = Cell(0, 0, "uar", (ASKED, replace(ASKED, trainings=(replace(SECOND, seed=2),))))
    done = run(measurings_of([cell]), tmp_path, Workshop())
    made = job_reproduction(printed_tables(3)[2], [cell], done).outcome(0, 0)
    assert made.value == pytest.approx(40.0) and made.figure is not None
    assert made.figure.low is None and "mean of 2 seeds" in made.notes[0]


def test_damaged_figures_are_refused(tmp_path: Path) -> None:
    run([ASKED], tmp_path, Workshop())
    (tmp_path / "measured" / f"{ASKED.id}.json").write_text("{")
    with pytest.raises(UserError, match="is damaged"):
        run([ASKED], tmp_path, Workshop())


def test_simulated_drivers_play_any_set_of_clips_and_say_so(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "sim", "simulated", rows_of("expression"))
    roles = [Role("FERV39k", "clips", ("ferv39k",)), Role("AffectNet", "pictures", ("affectnet",))]
    sets = named_sets([f"simulated={folder}"], roles)
    assert sets.need("FERV39k").stands_in
    with pytest.raises(CannotRunError, match="give --data AffectNet=FOLDER"):
        sets.need("AffectNet")
    with pytest.raises(UserError, match="holds clips, not pictures"):
        named_sets([f"AffectNet={folder}"], roles)
    with pytest.raises(UserError, match="one of the roles"):
        named_sets(["FERV=x"], roles)
