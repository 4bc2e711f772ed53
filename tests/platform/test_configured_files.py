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


def stills(recipient: str, folder: str = "stills", given_on: str = "2026-01-10") -> list[str]:
    return [
        "event_stills.enabled=true",
        f"event_stills.recipient_file={recipient}",
        f"event_stills.folder={folder}",
        "event_stills.driver_notice.by=works council",
        f"event_stills.driver_notice.given_on={given_on}",
    ]


def updates(root: str, folder: str = "slots") -> list[str]:
    server = "http://127.0.0.1:9"
    return [
        "updates.enabled=true",
        f"updates.metadata_url={server}/metadata/",
        f"updates.targets_url={server}/targets/",
        f"updates.root_file={root}",
        f"updates.slots_folder={folder}",
    ]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """With both keys of stills."""
    pytest.importorskip("cryptography")
    from edge_app.stills.office_keys import make_keys

    make_keys(tmp_path / "office", None)
    return tmp_path / "office"


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


@pytest.mark.parametrize(
    ("recipient", "told"),
    [
        ("none.pub", "cannot be read (no such file"),
        ("office", "cannot be read (is a directory)"),
        ("office/stills.key", "is a private key, which must not be in a vehicle"),
        ("unit.yaml", "is not a public key for stills"),
    ],
)
def test_key_that_no_still_can_be_sealed_for_is_a_mistake(
    check: Check, office: Path, recipient: str, told: str
) -> None:
    code, out, err = check(*stills(recipient))
    assert (code, out) == (2, "")
    assert err.startswith(f"error: unit.yaml: {recipient}") and told in err
    assert err.count("\n") == 1


def test_folder_of_stills_that_is_a_file_or_not_theirs_alone_is_a_mistake(
    check: Check, office: Path
) -> None:
    Path("kept").write_text("")
    code, _, err = check(*stills("office/stills.pub", "kept"))
    assert code == 2 and "event_stills.folder" in err
    Path("shared").mkdir(mode=0o755)
    Path("shared/letter.txt").write_text("")
    code, _, err = check(*stills("office/stills.pub", "shared"))
    assert code == 2 and "letter.txt" in err and "event_stills.folder" in err


def test_stills_that_can_be_taken_are_ok_and_leave_nothing_behind(
    check: Check, office: Path
) -> None:
    assert check(*stills("office/stills.pub"))[:2] == (0, "unit.yaml: ok\n")
    assert not Path("stills").exists()


def test_notice_to_drivers_of_a_day_to_come_is_warned_of(check: Check, office: Path) -> None:
    code, out, err = check(*stills("office/stills.pub", given_on="2999-01-01"))
    assert (code, "ok" in out) == (0, False)
    assert err.startswith("warning: ") and "2999-01-01" in err and "driver_notice.given_on" in err


@pytest.mark.parametrize("root", ["none.json", ".", "unit.yaml"])
def test_root_of_trust_that_is_none_is_a_mistake(check: Check, root: str) -> None:
    pytest.importorskip("tuf")
    code, out, err = check(*updates(root))
    assert (code, out) == (2, "")
    assert err.startswith(f"error: unit.yaml: {root}") and "root of trust" in err
    assert err.count("\n") == 1
    assert not Path("slots").exists()
