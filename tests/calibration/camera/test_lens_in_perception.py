"""A lens that is set turns head angles by the line of sight that it has; without one nothing changes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from calibration.camera.lens import Lens, lens_of_view
from calibration.camera.lens_file import KeptLens, write_lens
from edge_app.camera.frame import Frame
from edge_app.camera.opened_lens import open_lens
from edge_app.camera.settings import CameraSettings
from edge_app.driver_state.signals import Signals
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.face.signal_reading import SignalReader
from tests.face.faces import HEIGHT_PX, WIDTH_PX, observation, textured

PICTURE = Frame(textured(), 3.0, 90)
CORNER_PX = (590.0, 400.0)


def read(lens: Lens | None, center_px: tuple[float, float] = CORNER_PX) -> Signals:
    return SignalReader(PerceptionSettings(), lens).read(PICTURE, observation(center_px=center_px))


def angles(signals: Signals) -> tuple[float, float]:
    assert signals.head_yaw_rad.value is not None and signals.head_pitch_rad.value is not None
    return signals.head_yaw_rad.value, signals.head_pitch_rad.value


def test_lens_of_the_assumed_field_of_view_changes_nothing() -> None:
    assumed = lens_of_view("assumed", WIDTH_PX, HEIGHT_PX, 60.0)
    assert angles(read(assumed)) == pytest.approx(angles(read(None)), abs=1e-9)
    assert open_lens(CameraSettings(lens="generic_60")) == Lens(
        "generic_60", 640, 480, *[pytest.approx(assumed.focal_x_px)] * 2, 320.0, 240.0
    )


def test_wider_lens_turns_a_face_at_the_edge_farther() -> None:
    narrow, wide = angles(read(None)), angles(read(lens_of_view("wide", 640, 480, 90.0)))
    assert wide[0] < narrow[0] - math.radians(10)
    assert wide[1] > narrow[1] + math.radians(5)


def test_off_center_and_bent_lens_gives_its_own_line_of_sight() -> None:
    lens = Lens("bent", 640, 480, 500.0, 500.0, 340.0, 230.0, (-0.3, 0.1, 0.0, 0.0, 0.0))
    straight_ahead = read(lens, (340.0, 230.0))
    assert angles(straight_ahead) == pytest.approx((0.0, 0.0), abs=1e-3)
    right_rad, down_rad = lens.line_rad(*CORNER_PX)
    assert angles(read(lens)) == pytest.approx((-right_rad, down_rad), abs=1e-3)


def test_lens_calibrated_in_a_larger_picture_is_scaled_to_the_frame() -> None:
    larger = Lens("hd", 1280, 960, 1000.0, 1000.0, 640.0, 480.0)
    same = Lens("vga", 640, 480, 500.0, 500.0, 320.0, 240.0)
    assert angles(read(larger)) == pytest.approx(angles(read(same)), abs=1e-9)


def test_no_lens_is_opened_where_none_is_named() -> None:
    assert open_lens(CameraSettings()) is None


def test_lens_file_is_opened_by_its_path(tmp_path: Path) -> None:
    lens = Lens("mine", 640, 480, 554.0, 554.0, 320.0, 240.0, measured=True)
    write_lens(tmp_path / "lens.yaml", KeptLens(lens))
    assert open_lens(CameraSettings(lens=str(tmp_path / "lens.yaml"))) == lens


def test_damaged_lens_file_does_not_keep_anybody_from_driving(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "lens.yaml"
    path.write_text("focal: [")
    for _ in range(2):  # the next start as well
        caplog.clear()
        assert open_lens(CameraSettings(lens=str(path))) is None
        assert "vigil calibrate camera" in caplog.text
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [
        ("lens.yaml", "focal: [")
    ]


def test_healthy_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "vigil.yaml"
    path.write_text("camera:\n  lens: vigil.yaml\n")
    with pytest.raises(UserError, match=r"camera\.lens: .*is no lens file"):
        open_lens(CameraSettings(lens=str(path)))
    assert [file.name for file in tmp_path.iterdir()] == ["vigil.yaml"]


@pytest.mark.parametrize("name", ["pi_camera_99", "no/such/lens.yaml", "."])
def test_lens_that_there_is_not_is_one_sentence(name: str) -> None:
    with pytest.raises(UserError) as error:
        open_lens(CameraSettings(lens=name))
    assert "\n" not in str(error.value)
    assert ("pi_camera_3_wide" in str(error.value)) == (name == "pi_camera_99")
    assert ("is a folder" in str(error.value)) == (name == ".")
