"""`vigil calibrate driver` and what the program keeps of a driver: on request, with consent, and else nothing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration.driver.profile_file import read_profile
from edge_app import program
from edge_app.commands.calibrate_driver import INSTRUCTIONS, calibrate_driver
from edge_app.driver_profiles.given_profile import GivenProfile
from edge_app.driver_profiles.keeper import ProfileKeeper
from edge_app.driver_profiles.settings import DriverProfileSettings
from edge_app.errors import UserError
from edge_app.program import VehicleProgram
from edge_app.settings import VigilSettings
from tests.driver_profiles.drivers import CONSENT
from tests.program.conftest import Vigil
from tests.program.painted_driver import PaintReader, paint_clip

OPEN, SHUT = 0.6, 0.25
RATE_HZ = 15.0


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Narrow eyes, open for 20 s with a closure of 3 s in between, read by a perception of paint."""
    monkeypatch.setattr("edge_app.face.perceptions.open_perception", lambda settings: PaintReader())
    monkeypatch.setattr(program, "open_perception", lambda settings: PaintReader())
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = tmp_path / "clip.mp4"
    paint_clip(path, [(12.0, True, OPEN), (3.0, True, SHUT), (8.0, True, OPEN)], RATE_HZ)
    return path


def written(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_a_minute_becomes_a_file_a_picture_and_a_way_to_use_them(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "her.yaml"
    calibrate_driver(source=f"file:{clip}", out=out)
    profile, _ = read_profile(out)
    assert profile is not None and profile.bare is not None
    for eye in (profile.bare.left, profile.bare.right):
        assert eye.open == pytest.approx(OPEN, abs=0.03)
        assert eye.closed == pytest.approx(SHUT, abs=0.03)
    picture = cv2.imread(str(out.with_suffix(".png")))
    assert picture is not None and picture.std() > 5.0
    told = capsys.readouterr().out
    assert "left eye" in told and f"--driver-profile {out}" in told
    # What is printed for the configuration is a configuration.
    snippet = tmp_path / "unit.yaml"
    snippet.write_text(told[told.index("driver_state:") :])
    from edge_app.configuration.load import load_settings

    lids = load_settings(snippet, []).driver_state.lids
    assert lids.left is not None and lids.left.open == pytest.approx(OPEN, abs=0.03)


def test_eyes_that_are_not_seen_leave_no_file(clip: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    paint_clip(empty, [(2.0, False, OPEN)], RATE_HZ)
    with pytest.raises(UserError, match=r"empty\.mp4.*no face"):
        calibrate_driver(source=f"file:{empty}", out=tmp_path / "her.yaml")
    assert not (tmp_path / "her.yaml").exists() and not (tmp_path / "her.png").exists()


def test_file_and_picture_are_its_owners_alone(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "her.yaml"
    out.with_suffix(".png").write_bytes(cv2.imencode(".png", np.zeros((4, 4), np.uint8))[1])
    calibrate_driver(source=f"file:{clip}", out=out)
    assert {file.stat().st_mode & 0o777 for file in (out, out.with_suffix(".png"))} == {0o600}


@pytest.mark.parametrize(
    ("out", "picture"), [("same.png", None), ("her.yaml", "her.yaml"), ("her.yaml", "link.png")]
)
def test_the_picture_is_not_drawn_over_the_drivers_file(
    clip: Path, tmp_path: Path, out: str, picture: str | None
) -> None:
    (tmp_path / "link.png").symlink_to(tmp_path / "her.yaml")
    shown = None if picture is None else tmp_path / picture
    with pytest.raises(UserError, match="cannot be one file"):
        calibrate_driver(source=f"file:{clip}", out=tmp_path / out, picture=shown)
    assert not (tmp_path / out).exists()


@pytest.mark.parametrize("option", ["--out", "--picture"])
def test_a_file_that_is_something_else_is_not_written_over(
    clip: Path, tmp_path: Path, option: str
) -> None:
    unit = tmp_path / "unit.yaml"
    unit.write_text("camera:\n  source: v4l2:0\n")
    files = {"--out": (unit, None), "--picture": (tmp_path / "her.yaml", unit)}
    out, picture = files[option]
    with pytest.raises(UserError, match=f"unit.yaml: is there already .*{option}"):
        calibrate_driver(source=f"file:{clip}", out=out, picture=picture)
    assert unit.read_text() == "camera:\n  source: v4l2:0\n"
    assert {file.name for file in tmp_path.glob("*.*")} == {"unit.yaml", "clip.mp4"}


def test_a_hasty_minute_replaces_a_good_one_only_when_told_to(clip: Path, tmp_path: Path) -> None:
    out, hasty = tmp_path / "her.yaml", tmp_path / "hasty.mp4"
    paint_clip(hasty, [(9.0, True, OPEN)], RATE_HZ)
    calibrate_driver(source=f"file:{clip}", out=out)
    good = {file: file.read_bytes() for file in (out, out.with_suffix(".png"))}
    with pytest.raises(UserError, match=r"stays as it was.*her-refused\.png.*--force"):
        calibrate_driver(source=f"file:{hasty}", out=out)
    assert {file: file.read_bytes() for file in good} == good
    assert cv2.imread(str(tmp_path / "her-refused.png")) is not None
    calibrate_driver(source=f"file:{clip}", out=out)  # as good as what is there
    calibrate_driver(source=f"file:{hasty}", out=out, force=True)
    assert out.read_bytes() != good[out]


def test_a_place_that_cannot_be_written_is_told_before_anybody_is_asked(
    clip: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="--out"):
        calibrate_driver(source=f"file:{clip}", out=tmp_path / "nowhere" / "her.yaml")


def test_all_that_is_asked_for_fits_into_a_minute() -> None:
    assert sum(instruction.seconds for instruction in INSTRUCTIONS) <= 60.0
    assert [i.words for i in INSTRUCTIONS if i.ends_with_sound] != []


def test_the_command_explains_itself_and_a_wrong_source_is_one_sentence(
    vigil: Vigil, tmp_path: Path
) -> None:
    assert "--source" in vigil("calibrate", "driver", "--help").stdout
    refused = vigil(
        "calibrate", "driver", "--source", "file:nowhere.mp4", "--out", tmp_path / "her.yaml"
    )
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1


def settings_for(clip: Path, profiles: DriverProfileSettings | None = None) -> VigilSettings:
    given = {} if profiles is None else {"driver_profiles": profiles}
    return VigilSettings.model_validate({"camera": {"source": f"file:{clip}"}, **given})


def test_without_consent_a_drive_leaves_nothing_of_its_driver(clip: Path, tmp_path: Path) -> None:
    before = written(tmp_path)
    with VehicleProgram(settings_for(clip), as_fast_as_possible=True) as running:
        assert running.run().last is not None
    assert {name for name in written(tmp_path) - before if "outbox" not in name} == set()
    assert not list(tmp_path.rglob("driver-*"))


def test_with_consent_a_drive_has_a_keeper_and_its_folder(clip: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    profiles = DriverProfileSettings(enabled=True, folder=kept, consent=CONSENT)
    with VehicleProgram(settings_for(clip, profiles), as_fast_as_possible=True) as running:
        assert isinstance(running._keeper, ProfileKeeper)
        running.run()
    assert kept.is_dir()


def test_a_given_profile_is_that_of_the_first_moment(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "her.yaml"
    calibrate_driver(source=f"file:{clip}", out=out)
    with VehicleProgram(
        settings_for(clip), as_fast_as_possible=True, driver_profile=out
    ) as running:
        assert isinstance(running._keeper, GivenProfile)
        last = running.run().last
    assert last is not None
    assert last.state.calibration.progress == 1.0
    assert last.state.closure.both.value == pytest.approx(0.0, abs=0.1)
