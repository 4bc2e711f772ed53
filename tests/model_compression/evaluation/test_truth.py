"""Eyelid states labelled by looking: sides, clips through the tracker, unread eyes, and a csv that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.evaluation.bench import Choice
from model_compression.evaluation.contestant import BUNDLE, RIVAL
from model_compression.evaluation.kinds import measure_of
from tests.model_compression.evaluation.drawn_sets import (
    BrightnessReader,
    bench,
    face,
    nobody,
    tar,
    video,
)

_OPENNESS = {"O": 0.9, "P": 0.5, "C": 0.05}


def labelled_set(root: Path, states: list[tuple[str, str]], *, clip: str = "yawdd/a.avi") -> Path:
    """A clip whose frame i shows states[i] (sides of the picture), and its csv."""
    (root / clip).parent.mkdir(parents=True, exist_ok=True)
    frames = [face(_OPENNESS[right], right=_OPENNESS[left]) for left, right in states]
    video(root / clip, frames)
    rows = [f"{clip},{i},{left},{right}" for i, (left, right) in enumerate(states)]
    return csv_of(root, rows)


def csv_of(root: Path, rows: list[str], header: str = "source,frame,left,right") -> Path:
    (root / "truth").mkdir(exist_ok=True)
    path = root / "truth" / "eyes.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_left_of_the_picture_is_the_drivers_right_eye(tmp_path: Path) -> None:
    path = labelled_set(tmp_path, [("O", "C"), ("P", "O"), ("C", "P"), ("O", "P")])
    figures = measure_of("truth")(path, bench(BrightnessReader())).figures[BUNDLE]
    for name in ("auc_closed_open", "auc_closed_partly", "auc_partly_open", "uar"):
        assert figures[name].value == 1.0, name
    assert figures["uar"].n == 8


def test_only_agreed_labels_count(tmp_path: Path) -> None:
    (tmp_path / "yawdd").mkdir()
    video(tmp_path / "yawdd" / "a.avi", [face(0.9)] * 4)
    path = csv_of(
        tmp_path,
        ["yawdd/a.avi,0,O,?", "yawdd/a.avi,1,X,O", "yawdd/a.avi,2,?,X", "yawdd/a.avi,3,,O"],
    )
    measured = measure_of("truth")(path, bench(BrightnessReader()))
    assert measured.figures[BUNDLE]["eyes_read"].n == 3
    assert measured.n == 3  # frames with at least one


def test_eye_of_a_face_not_found_is_wrong_in_uar_and_told(tmp_path: Path) -> None:
    (tmp_path / "nir").mkdir()
    pictures = {f"{p}-{s}.png": face(_OPENNESS[s]) for p in range(6) for s in "OPC"}
    pictures["5-O.png"] = nobody()
    tar(tmp_path / "nir" / "nir.tar", pictures)
    rows = [f"nir/nir.tar:{name},0,{name[2]},{name[2]}" for name in pictures]
    measured = measure_of("truth")(csv_of(tmp_path, rows), bench(BrightnessReader()))
    figures = measured.figures[BUNDLE]
    assert figures["eyes_read"].value == pytest.approx(17 / 18)
    assert figures["auc_closed_open"].value == 1.0
    assert figures["uar"].value == pytest.approx((5 / 6 + 1 + 1) / 3)
    assert figures["uar"].people is None and figures["uar"].sources == 6
    # Two eyes of six people: Wilson's interval of twelve independent eyes would be narrower.
    assert figures["eyes_read"].interval == "Wilson over 6 sources, 95 %"
    assert measured.groups["subset"].keys() == {"infrared"}


def test_rival_is_read_on_the_same_frames(tmp_path: Path) -> None:
    path = labelled_set(tmp_path, [("O", "C"), ("P", "O"), ("C", "P")])
    noisy = BrightnessReader(error=0.5)
    measured = measure_of("truth")(path, bench(BrightnessReader(), noisy))
    assert measured.figures[RIVAL]["uar"].n == measured.figures[BUNDLE]["uar"].n
    assert measured.confusions[BUNDLE].as_json()["closed"]["closed"] == 2


def test_thresholds_left_out_are_worse_than_those_picked_on_the_same_eyes(tmp_path: Path) -> None:
    rows = []
    for number in range(6):
        clip = f"webcam/{number}.avi"
        labelled_set(tmp_path, [("O", "O"), ("P", "P"), ("C", "C")], clip=clip)
        rows += [f"{clip},{i},{s},{s}" for i, s in enumerate("OPC")]
    # One driver's eyes read as half shut when they are open.
    video(tmp_path / "webcam" / "5.avi", [face(o) for o in (0.5, 0.3, 0.05)])
    figures = measure_of("truth")(csv_of(tmp_path, rows), bench(BrightnessReader())).figures[BUNDLE]
    uar, left_out = figures["uar"].value, figures["uar_left_out"].value
    assert uar is not None and left_out is not None
    assert left_out <= uar < 1.0
    assert figures["uar"].low is not None and figures["uar"].low < uar


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        (["yawdd/a.avi,0,O"], "source,frame,left", "no column right"),
        (["yawdd/b.avi,0,O,O"], "source,frame,left,right", r"line 2: .*b\.avi is not there"),
        (["yawdd/a.avi,x,O,O"], "source,frame,left,right", "line 2: needs a source and a frame"),
        (["yawdd/a.avi,99,O,O"], "source,frame,left,right", "no frame 99"),
        (["yawdd/a.avi,0,X,?"], "source,frame,left,right", "no eye labelled"),
        (["yawdd/a.avi,0"], "source,frame,left,right", "no eye labelled"),
    ],
)
def test_wrong_csv_is_one_sentence(
    tmp_path: Path, rows: list[str], header: str, words: str
) -> None:
    (tmp_path / "yawdd").mkdir()
    video(tmp_path / "yawdd" / "a.avi", [face(0.9)] * 3)
    with pytest.raises(UserError, match=words):
        measure_of("truth")(csv_of(tmp_path, rows, header), bench(BrightnessReader()))


def test_missing_member_of_an_archive_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "nir").mkdir()
    tar(tmp_path / "nir" / "nir.tar", {"1-O.png": face(0.9)})
    path = csv_of(tmp_path, ["nir/nir.tar:2-O.png,0,O,O"])
    with pytest.raises(UserError, match=r"no picture 2-O\.png"):
        measure_of("truth")(path, bench(BrightnessReader()))


def test_limit_and_clips_choose_frames(tmp_path: Path) -> None:
    path = labelled_set(tmp_path, [("O", "C"), ("P", "O"), ("C", "P"), ("O", "P")])
    measured = measure_of("truth")(path, bench(BrightnessReader(), choice=Choice(limit=2)))
    assert measured.n == 2
    with pytest.raises(UserError, match="no labelled frame"):
        measure_of("truth")(path, bench(BrightnessReader(), choice=Choice(clips=("other",))))


def test_tracked_frames_are_seen_in_order_with_those_between(tmp_path: Path) -> None:
    seen: list[float] = []

    class Remembering(BrightnessReader):
        def observe(self, image, crop):  # type: ignore[no-untyped-def]
            seen.append(float(np.asarray(image).mean()))
            return super().observe(image, crop)

    (tmp_path / "yawdd").mkdir()
    video(tmp_path / "yawdd" / "a.avi", [face(i / 10) for i in range(10)])
    path = csv_of(tmp_path, ["yawdd/a.avi,6,O,O", "yawdd/a.avi,2,C,C"])
    measure_of("truth")(path, bench(Remembering()))
    assert len(seen) >= 7 and seen == sorted(seen)  # frames 0 to 6, brighter and brighter
