"""A set on disk: what is in it, that a stopped run goes on, and that another set is left alone."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import cv2
import pytest
import yaml

from driver_simulator.dataset.clip_writer import write_drive
from driver_simulator.dataset.making import DatasetMaker
from driver_simulator.driver.statistics import FOLDER
from edge_app.errors import UserError
from tests.simulator.dataset.sets import clip_of, labels_of, made, small


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("sets") / "whole", with_truth=True)


def description(root: Path) -> dict[str, object]:
    return yaml.safe_load((root / "dataset.yaml").read_text())


def test_every_row_has_its_clip_with_the_frames_it_tells(whole):
    rows = labels_of(whole)
    assert len(rows) == 6
    for row in rows:
        clip = cv2.VideoCapture(str(clip_of(whole, row)))
        assert clip.get(cv2.CAP_PROP_FRAME_COUNT) == int(row["frames"]) == 3
        assert clip.get(cv2.CAP_PROP_FRAME_WIDTH) == 160
        clip.release()


def test_no_clip_is_without_a_row(whole):
    assert {path.stem for path in whole.glob("*/*/*.mp4")} == {
        row["clip"] for row in labels_of(whole)
    }


def test_box_in_the_labels_lies_on_the_face(whole):
    for row in labels_of(whole):
        left, top, width, height = (
            int(row[f"face_{edge}_px"]) for edge in ("left", "top", "width", "height")
        )
        assert 0 <= left < left + width <= 160
        assert 0 <= top < top + height <= 120
        # At the distances and lenses of a set a face takes a third of the picture's height and more.
        assert height > 40


def test_truth_counts_its_time_from_the_clips_first_frame(whole):
    for row in labels_of(whole):
        with (whole / "truth" / f"{row['clip']}.csv").open(newline="") as file:
            truth = list(csv.DictReader(file))
        assert [float(one["t_s"]) for one in truth] == [0.0, 0.25, 0.5]
        assert float(truth[0]["kss"]) == pytest.approx(float(row["kss"]), abs=0.005)


def test_description_names_what_drowsiness_was_drawn_from(whole):
    assert set(description(whole)["made_from"]) == {
        "overlap.yaml",
        *(path.name for path in FOLDER.glob("*.yaml")),
    }


def test_description_says_that_splits_share_a_person(whole):
    assert description(whole)["people_disjoint"] is False


def test_complete_set_is_drawn_no_second_time(whole):
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*.mp4")}
    assert DatasetMaker(whole, small(), with_truth=True).make().drawn_now == 0
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*.mp4")} == before


def test_two_runs_give_the_same_bytes_with_however_many_processes(whole, tmp_path):
    again = made(tmp_path / "again", jobs=2)
    for row in labels_of(whole):
        assert clip_of(again, row).read_bytes() == clip_of(whole, row).read_bytes()
    assert (again / "labels.csv").read_bytes() == (whole / "labels.csv").read_bytes()


def test_stopped_run_goes_on_to_the_same_set(whole, tmp_path, monkeypatch):
    root = tmp_path / "stopped"
    orders = []

    def stop_at_the_second(order):
        orders.append(order)
        if len(orders) == 2:
            raise KeyboardInterrupt
        return write_drive(order)

    with monkeypatch.context() as stopping:
        stopping.setattr("driver_simulator.dataset.making.write_drive", stop_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            made(root)
    assert not (root / "labels.csv").exists()
    assert description(root)["complete"] is False
    drawn = len(orders[0].drive.clips)
    assert DatasetMaker(root, small()).make().drawn_now == 6 - drawn
    assert (root / "labels.csv").read_bytes() == (whole / "labels.csv").read_bytes()


def test_clip_that_was_cut_short_leaves_nothing(tmp_path, monkeypatch):
    root = tmp_path / "cut"

    def fail(self, image, t_s):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("driver_simulator.dataset.clip_writer.OverlayVideo.write", fail)
        with pytest.raises(UserError, match="No space left"):
            made(root)
    assert list(root.rglob("*.mp4*")) == []
    assert len((root / "drawn.csv").read_text().splitlines()) == 1


def test_clip_that_was_deleted_and_a_row_that_was_cut_are_made_again(whole, tmp_path):
    root = tmp_path / "lost"
    shutil.copytree(whole, root)
    rows = labels_of(root)
    clip_of(root, rows[0]).unlink()
    text = (root / "drawn.csv").read_text()
    (root / "drawn.csv").write_text(text[: text.rindex(",")])
    assert DatasetMaker(root, small()).make().drawn_now == 2
    for row in rows:
        assert clip_of(root, row).read_bytes() == clip_of(whole, row).read_bytes()


def test_folder_of_other_settings_is_left_alone(whole):
    with pytest.raises(UserError, match=r"whose settings\.seed is 0 and not 1; repeat its options"):
        made(whole, small(seed=1))


def test_set_of_other_statistics_is_left_alone(whole, tmp_path):
    root = tmp_path / "older"
    root.mkdir()
    described = (whole / "dataset.yaml").read_text()
    digest = description(whole)["made_from"]["drowsiness_statistics.yaml"]
    (root / "dataset.yaml").write_text(described.replace(digest, "0123456789abcdef"))
    with pytest.raises(UserError, match=r"drowsiness_statistics\.yaml is 0123456789abcdef"):
        made(root)


def test_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(UserError, match="holds other files"):
        made(tmp_path)


def test_one_person_is_too_few_unless_allowed(tmp_path):
    with pytest.raises(UserError, match=r"too few people \(1\).*--allow-shared-people"):
        made(tmp_path / "set", small(shared_people=False))
