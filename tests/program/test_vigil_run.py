"""`vigil run`, `analyze` and `demo` as processes, on a real clip, with a real broker."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from driver_simulator.driver.scripted_event import EventKind
from edge_app.commands.demo import DEMO_CLIP
from edge_app.settings import VigilSettings
from edge_app.views.overlay_video import OverlayVideo
from tests.brokers import wait_until
from tests.clips.clip_edits import hold, read_clip, read_span
from tests.clips.demo_drive import demo_story, differences, events_in, scripted
from tests.program.conftest import Vigil


@pytest.fixture(scope="module")
def nap(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Path:
    """dash_2 around its blink, held shut for 4 s."""
    frames, _ = hold(read_clip(data_dir / "yawdd/dash_2.avi"), 368, 368, 4.0)
    path = tmp_path_factory.mktemp("clips") / "nap.mp4"
    with OverlayVideo(path, quality_crf=18) as video:
        for frame in frames[330:]:
            video.write(frame.image, frame.t_s)
    return path


def config_for(port: int, folder: Path, extra: str = "") -> Path:
    path = folder / "unit.yaml"
    path.write_text(
        f"unit: {{vehicle_id: van-12}}\n"
        f"telemetry: {{enabled: true, host: 127.0.0.1, port: {port}{extra}}}\n"
    )
    return path


@pytest.mark.mosquitto
@pytest.mark.real_data
def test_a_nap_reaches_cabin_and_fleet(
    vigil: Vigil, nap: Path, broker: Any, subscribe: Callable[..., Any], tmp_path: Path
) -> None:
    fleet = subscribe(broker.port)
    config = config_for(broker.port, tmp_path)
    result = vigil("run", "--source", f"file:{nap}", "--config", config)
    assert result.returncode == 0, result.stderr
    events = fleet.wait_for("van-12/event", 3)
    assert [e["type"] for e in events if e["data"].get("level") in ("warning", "alarm")][:2] == [
        "microsleep",
        "sleep",
    ]
    assert fleet.of("van-12/status")[0]["status"] == "online"
    assert len(fleet.of("van-12/state")) >= 5
    assert "ALARM" in result.stderr.upper()


@pytest.mark.mosquitto
@pytest.mark.real_data
def test_the_will_is_said_after_kill_minus_9(
    environment: dict[str, str],
    data_dir: Path,
    broker: Any,
    subscribe: Callable[..., Any],
    tmp_path: Path,
) -> None:
    fleet = subscribe(broker.port)
    command = [sys.executable, "-m", "edge_app.commands.main", "run"]
    command += ["--source", f"file:{data_dir / 'yawdd/dash_2.avi'}"]
    command += ["--config", str(config_for(broker.port, tmp_path, ", keep_alive_s: 5"))]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        fleet.wait_for("van-12/state", 1, 30)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    wait_until(lambda: fleet.of("van-12/status")[-1]["status"] == "offline", "the will")


@pytest.mark.mosquitto
@pytest.mark.real_data
def test_a_bad_password_degrades_and_keeps_the_events(
    vigil: Vigil, nap: Path, make_broker: Callable[..., Any], tmp_path: Path
) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("van-12:$7$1$AAAAAAAAAAAAAAAA$AAAA\n")
    passwords.chmod(0o644)
    closed = make_broker(rules=f"allow_anonymous false\npassword_file {passwords}")
    closed.start()
    config = config_for(closed.port, tmp_path, ", password: wrong-secret")
    result = vigil("run", "--source", f"file:{nap}", "--config", config)
    assert result.returncode == 0
    assert "wrong-secret" not in result.stderr + result.stdout
    assert "waiting" in result.stderr or "refus" in result.stderr.lower()


@pytest.mark.real_data
def test_sigterm_ends_a_run_cleanly(environment: dict[str, str], data_dir: Path) -> None:
    command = [sys.executable, "-m", "edge_app.commands.main", "run"]
    command += ["--source", f"file:{data_dir / 'yawdd/dash_2.avi'}"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert any("face" in line for line in iter(process.stderr.readline, ""))
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0


@pytest.mark.real_data
def test_analyze_writes_everything_it_promises(
    vigil: Vigil, data_dir: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = vigil("analyze", data_dir / "yawdd/dash_1.avi", "--out", out, "--stills")
    assert result.returncode == 0, result.stderr
    assert {path.name for path in out.iterdir()} == {
        *("signals.csv", "events.jsonl", "summary.json", "overlay.mp4", "report.html")
    }
    with (out / "signals.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 429
    assert list(rows[0])[:2] == ["t_s", "face"]
    assert {row["face"] for row in rows} == {"1"}
    # Glare on his glasses hides his eyes for half of the yawn and more, which is told.
    events = [json.loads(line) for line in (out / "events.jsonl").open()]
    assert [(event["type"], event["level"]) for event in events] == [
        ("yawn", None),
        ("degraded", "notice"),
    ]
    assert json.loads((out / "summary.json").read_text())["face_share"] == 1.0
    report = (out / "report.html").read_text()
    assert report.count("data:image/jpeg;base64,") == len(events)
    assert "http://" not in report.replace("http://www.w3.org/", "")


@pytest.mark.real_data
def test_analyze_takes_a_folder_of_clips(vigil: Vigil, data_dir: Path, tmp_path: Path) -> None:
    result = vigil("analyze", data_dir / "headpose", "--out", tmp_path / "out", "--no-overlay")
    assert result.returncode == 0, result.stderr
    assert len(list((tmp_path / "out").glob("*/summary.json"))) == 3


@pytest.mark.real_data
def test_demo_plays_reports_and_ends_by_itself(
    environment: dict[str, str], nap: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "edge_app.commands.main", "demo", "--port", "0"]
    command += ["--source", f"file:{nap}", "--out", str(tmp_path / "report")]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = ""
    while "live page" not in address:
        address = process.stdout.readline()
    url = address.split()[2]
    with urllib.request.urlopen(url, timeout=10) as page:
        assert "Vigil" in page.read().decode()
    picture = b""
    until_s = time.monotonic() + 60  # the models are timed before the first frame
    while not picture and time.monotonic() < until_s:
        with urllib.request.urlopen(f"{url}frame.jpg", timeout=10) as answer:
            picture = answer.read()
        time.sleep(0.05)
    assert picture.startswith(b"\xff\xd8")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "report.html" in out
    types = [json.loads(line)["type"] for line in (tmp_path / "report/events.jsonl").open()]
    assert "sleep" in types


def test_built_in_demo_clip_tells_its_story_and_nothing_else(vigil: Vigil, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = vigil("analyze", DEMO_CLIP, "--out", out, "--no-overlay")
    assert result.returncode == 0, result.stderr
    events = events_in(json.loads(line) for line in (out / "events.jsonl").open())
    assert differences(demo_story(VigilSettings()), events) == []
    assert json.loads((out / "summary.json").read_text())["face_share"] == 1.0


@pytest.mark.real_data
def test_a_clip_cut_off_is_analyzed_as_far_as_it_goes_and_said(
    vigil: Vigil, data_dir: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.avi"
    cut.write_bytes((data_dir / "yawdd/dash_1.avi").read_bytes()[:1_000_000])
    result = vigil("analyze", cut, "--out", tmp_path / "out", "--no-overlay")
    assert result.returncode == 2
    assert "cut.avi" in result.stderr and "of 429 frames" in result.stderr
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["frames"] > 100


@pytest.mark.real_data
def test_ctrl_c_leaves_a_report_of_what_was_seen(
    environment: dict[str, str], data_dir: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "edge_app.commands.main", "analyze"]
    command += [str(data_dir / "yawdd/dash_7.avi"), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    partial = tmp_path / "out" / "signals.partial.csv"
    wait_until(lambda: partial.exists() and partial.stat().st_size > 8192, "some frames")
    process.send_signal(signal.SIGINT)
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in complaints
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["interrupted"] and 0 < summary["frames"] < 633


def test_run_records_and_serves_a_page_where_asked(vigil: Vigil, tmp_path: Path) -> None:
    out, asleep = tmp_path / "record", tmp_path / "asleep.mp4"
    sleep = scripted(EventKind.SLEEP)
    with OverlayVideo(asleep) as video:
        for frame in read_span(DEMO_CLIP, sleep.onset_s - 2.0, sleep.end_s):
            video.write(frame.image, frame.t_s)
    result = vigil(
        *("run", "--source", asleep, "--as-fast-as-possible"), *("--record", out, "--page", "0")
    )
    assert result.returncode == 0, result.stderr
    assert "http://127.0.0.1:" in result.stderr
    assert (out / "report.html").exists()
    assert "sleep" in [json.loads(line)["type"] for line in (out / "events.jsonl").open()]
