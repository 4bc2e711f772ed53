"""Off means: no folder, no thread, no picture in memory, and what was kept is gone. On asks for notice and key."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

import edge_app
from edge_app.commands.main import main
from edge_app.configuration.settable import settable
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from edge_app.stills.open_stills import open_stills
from edge_app.stills.picture import Picture
from edge_app.stills.settings import DriverNoticeSettings, EventStillsSettings
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.updates.signed_settings import MAY_BE_SET

DEMO_CLIP = Path(edge_app.__file__).parent / "demo_clip" / "demo_drive.mp4"


def link() -> Telemetry:
    return Telemetry(TelemetrySettings(), "car-1", {})


def test_by_default_there_is_no_folder_no_thread_and_no_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert open_stills(VigilSettings(), link()) is None
    assert not (tmp_path / "state").exists()
    assert "event-stills" not in {thread.name for thread in threading.enumerate()}
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, Picture)]


def test_switching_off_deletes_what_was_kept_and_nothing_else(
    make_stills: Callable[..., EventStillsSettings],
) -> None:
    settings = make_stills()
    stills = open_stills(VigilSettings(event_stills=settings), link())
    assert stills is not None
    stills.close()
    kept = settings.folder / f"{'0a' * 16}.still"
    kept.write_bytes(b"sealed")
    foreign = settings.folder / "notes.txt"
    foreign.write_text("not ours")
    off = VigilSettings(event_stills=settings.model_copy(update={"enabled": False}))
    assert open_stills(off, link()) is None
    assert list(settings.folder.iterdir()) == [foreign]
    foreign.unlink()
    open_stills(off, link())
    assert not settings.folder.exists()


@pytest.mark.parametrize(
    ("group", "missing"),
    [
        ("  recipient_file: office.pub\n", "driver_notice is missing"),
        (
            "  driver_notice: {given_on: 2026-11-02, by: works council}\n",
            "recipient_file is missing",
        ),
    ],
)
def test_enabling_without_notice_or_key_is_refused_in_one_sentence(
    group: str, missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "vigil.yaml"
    file.write_text(f"event_stills:\n  enabled: true\n{group}")
    with pytest.raises(SystemExit) as end:
        main(["run", "--config", str(file), "--source", "file:none.mp4"])
    told = capsys.readouterr().err
    assert end.value.code == 2
    assert told.count("\n") == 1 and missing in told


def test_publishing_what_is_not_taken_is_refused() -> None:
    with pytest.raises(ValueError, match=r"event_stills\.enabled"):
        VigilSettings(telemetry=TelemetrySettings(publish_stills=True))


@pytest.mark.parametrize("what", ["missing", "private", "nonsense"])
def test_a_vehicle_takes_no_other_key_than_the_public_one(
    what: str, office: Path, make_stills: Callable[..., EventStillsSettings], tmp_path: Path
) -> None:
    nonsense = tmp_path / "nonsense.pub"
    nonsense.write_text("no key")
    file = {"missing": tmp_path / "no.pub", "private": office / "stills.key", "nonsense": nonsense}
    settings = make_stills(recipient_file=file[what])
    with pytest.raises(UserError, match=str(file[what])):
        open_stills(VigilSettings(event_stills=settings), link())
    assert not settings.folder.exists()


def test_vigil_run_refuses_a_key_that_is_not_there_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = tmp_path / "vigil.yaml"
    file.write_text(
        "event_stills:\n  enabled: true\n  recipient_file: nowhere.pub\n"
        "  driver_notice: {given_on: 2026-11-02, by: works council}\n"
    )
    with pytest.raises(SystemExit) as end:
        main(["run", "--config", str(file), "--source", f"file:{DEMO_CLIP}"])
    told = capsys.readouterr().err
    assert end.value.code == 2
    assert told.count("\n") == 1 and "nowhere.pub" in told
    assert not (tmp_path / "state" / "vigil" / "event-stills").exists()


def test_the_start_is_told_in_the_cabin(
    make_stills: Callable[..., EventStillsSettings], caplog: pytest.LogCaptureFixture
) -> None:
    stills = open_stills(VigilSettings(event_stills=make_stills()), link())
    assert stills is not None
    stills.close()
    told = [record for record in caplog.records if "event stills are ON" in record.getMessage()]
    assert [record.levelname for record in told] == ["WARNING"]  # what `vigil run` shows
    assert "2026-11-02" in told[0].getMessage()


def test_the_fleet_cannot_switch_stills_on() -> None:
    keys = [f"event_stills.{name}" for name in EventStillsSettings.model_fields]
    assert [key for key in [*keys, "telemetry.publish_stills"] if settable(key) is not None] == []
    assert not {"event_stills", "telemetry"} & set(MAY_BE_SET)  # of signed settings


def test_notice_needs_a_day_and_a_name(make_stills: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="by"):
        make_stills(driver_notice={"given_on": date(2026, 11, 2), "by": ""})
    with pytest.raises(ValueError, match="keep_days"):
        make_stills(keep_days=31)


def test_no_picture_before_the_day_on_which_drivers_are_told(
    make_stills: Callable[..., EventStillsSettings],
) -> None:
    notice = DriverNoticeSettings(given_on=date(2027, 11, 2), by="works council, paper 7")
    settings = VigilSettings(event_stills=make_stills(driver_notice=notice))
    before = datetime(2026, 12, 1, tzinfo=timezone.utc).timestamp()
    with pytest.raises(UserError, match=r"driver_notice\.given_on is 2027-11-02"):
        open_stills(settings, link(), lambda: Instant(5.0, before, synchronised=True))
    assert not settings.event_stills.folder.exists()
    told = open_stills(settings, link(), lambda: Instant(5.0, before, synchronised=False))
    assert told is not None
    told.close()
