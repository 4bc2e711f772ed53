"""`vigil config check` looks at the files that a configuration names, as `vigil doctor` does, and at no device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calibration.camera.lens import Lens
from calibration.camera.lens_file import KeptLens, write_lens
from edge_app.commands.main import main

Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Check:
    """Exit code, output and errors for a configuration with a camera that is not there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def check(*overrides: str) -> tuple[int, str, str]:
        Path("unit.yaml").write_text("camera: {source: 'v4l2:/dev/nowhere'}\n")
        words = [word for override in overrides for word in ("--set", override)]
        with pytest.raises(SystemExit) as end:
            main(["config", "check", "unit.yaml", *words])
        told = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, told.out, told.err

    return check


def profiles(folder: str, given_on: str = "2026-01-10") -> list[str]:
    consent = "I agree that this vehicle keeps it."
    return [
        "driver_profiles.enabled=true",
        f"driver_profiles.folder={folder}",
        f"driver_profiles.consent.text={consent}",
        "driver_profiles.consent.reference=file 12",
        f"driver_profiles.consent.given_on={given_on}",
    ]


@pytest.mark.parametrize(
    ("lens", "told"),
    [
        ("none.yaml", "there is no such lens file"),
        ("pi_camera_9", "known are"),
        (".", "is a folder"),
        ("unit.yaml", "is no lens file"),
    ],
)
def test_lens_that_cannot_be_used_is_a_mistake(check: Check, lens: str, told: str) -> None:
    code, out, err = check(f"camera.lens={lens}")
    assert (code, out) == (2, "")
    assert err.startswith("error: unit.yaml: camera.lens: ") and told in err
    assert err.count("\n") == 1


def test_damaged_lens_is_warned_of_once_since_the_watch_goes_on(check: Check) -> None:
    write_lens(Path("lens.yaml"), KeptLens(Lens("mine", 640, 480, 500.0, 500.0, 320.0, 240.0)))
    assert check("camera.lens=lens.yaml")[:2] == (0, "unit.yaml: ok\n")
    Path("lens.yaml").write_text(Path("lens.yaml").read_text()[:200])
    code, out, err = check("camera.lens=lens.yaml")
    assert (code, "ok" in out) == (0, False)
    assert err.startswith("warning: unit.yaml: camera.lens: lens.yaml: ") and "damaged" in err
    assert err.count("\n") == 1


def test_folder_of_profiles_that_is_a_file_is_a_mistake(check: Check) -> None:
    Path("kept").write_text("")
    code, _, err = check(*profiles("kept"))
    assert code == 2 and "driver_profiles.folder" in err


def test_consent_of_a_day_to_come_is_warned_of(check: Check) -> None:
    code, out, err = check(*profiles("kept", "2999-01-01"))
    assert (code, "ok" in out) == (0, False)
    assert err.startswith("warning: ") and "2999-01-01" in err
    assert not Path("kept").exists()


def test_every_mistake_is_told(check: Check) -> None:
    Path("kept").write_text("")
    code, _, err = check("camera.lens=none.yaml", *profiles("kept"))
    assert code == 2 and err.count("error: unit.yaml: ") == 2
