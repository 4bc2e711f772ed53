"""The report: one small file that is safe to open, and that shows where the program was blind."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import Impairment
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from edge_app.views.alert_lanes import alert_lanes
from edge_app.views.alert_spans import alert_spans
from edge_app.views.legend import why
from edge_app.views.report import write_report
from edge_app.views.signal_rows import columns, row
from edge_app.views.timeline import Timeline
from tests.views.browser import Browser
from tests.views.drivers import drive, driver, jpeg, picture

HOSTILE = "<script>alert(1)</script>\"'&</style>{{ 7*7 }}"


def rows_of(states):
    return (row(state, state.presence.face_present) for state in states)


def write(path, states=None, **given):
    arguments = {"clip": "clip.avi", "events": [], "summary": {}, "settings": VigilSettings()}
    arguments |= given
    write_report(path, rows=rows_of(drive(30.0) if states is None else states), **arguments)
    return path.read_text(encoding="utf-8")


def alert(kind, level, onset_s, t_s, end_s, **values):
    raised = Event(kind, t_s, onset_s, level, {"reason": "eyes_closed", **values})
    return [raised, Event(EventType.ALERT_ENDED, end_s, onset_s, None, {"alert": kind.value})]


def test_hostile_words_are_escaped_wherever_they_come_from(tmp_path):
    event = Event(EventType.YAWN, 2.0, 1.0, None, {HOSTILE: HOSTILE})
    page = write(
        tmp_path / "report.html",
        clip=HOSTILE,
        title=HOSTILE,
        events=[event],
        summary={HOSTILE: HOSTILE, "below": {HOSTILE: [HOSTILE]}},
    )
    assert "<script>alert" not in page
    assert page.count("</style>") == 1
    assert "{{ 7*7 }}" in page
    assert page.count("&lt;script&gt;alert(1)") >= 6


def test_suspicion_of_impairment_is_drawn_behind_its_advice(tmp_path):
    settings = VigilSettings.model_validate({"alerts": {"impairment": {"enabled": True}}})
    suspected = Impairment(0.62, 0.7, ("head_sway",), None)
    rows = [
        row(replace(state, impairment=suspected), True, impairment=True) for state in drive(30.0)
    ]
    values = {"suspicion_percent": 62, "reasons": "head_sway"}
    advice = Event(EventType.IMPAIRMENT, 25.0, 5.0, Level.ADVICE, values)
    path = tmp_path / "report.html"
    write_report(path, clip="clip", rows=rows, events=[advice], summary={}, settings=settings)
    page = path.read_text(encoding="utf-8")
    assert "Suspicion of impairment" in page and "suspicion 62%" in page


def test_report_needs_nothing_outside_itself(tmp_path):
    page = write(tmp_path / "report.html", stills=[(1.0, jpeg(picture(32, 24)))])
    assert not re.findall(
        r"(?:https?:)?//[a-z]", re.sub(r"data:image/jpeg;base64,[^\"]*", "", page)
    )
    assert not re.findall(r"<link(?! rel=\"icon\" href=\"data:,\")|@import|<iframe", page)
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)"', page))


def test_one_hour_at_30_frames_per_second_stays_below_three_megabytes(tmp_path):
    events = [
        event
        for at in range(0, 3600, 12)
        for event in alert(EventType.MICROSLEEP, Level.WARNING, at, at + 1.0, at + 3.0)
    ]
    write(tmp_path / "report.html", drive(3600.0), events=events)
    assert (tmp_path / "report.html").stat().st_size < 3_000_000


def test_blinks_of_a_long_clip_stay_visible_after_reduction():
    timeline = Timeline(columns(), ["closure"])
    for cells in rows_of(drive(1800.0)):
        timeline.add(cells)
    points = timeline.points("closure", slices=500)
    assert len(points.t_s) <= 1100
    # A blink every four seconds in slices of 3.6 s: nine slices in ten have one, and none is taller than it was.
    assert (points.value > 0.9).sum() > 400
    assert points.value[points.value == points.value].max() <= 1.0


def test_unavailable_stretch_lifts_the_pen_and_is_shaded_with_its_reason(tmp_path):
    page = write(tmp_path / "report.html", drive(90.0))
    closure = page.split("<article")[1]
    path = re.search(r'class="series-3" d="([^"]*)"', closure).group(1)
    starts_ms = [int(x) for x in re.findall(r"M(\d+) ", path)]
    assert starts_ms == [0, 70_000]
    assert re.search(
        r'data-start="60.000" data-end="70.000"[^>]*data-reason="eyes occluded"', closure
    )
    assert "Unavailable: 11% eyes occluded" in closure


def test_signal_that_was_never_available_is_a_dash_not_zero(tmp_path):
    states = [driver(at / 30, absent=Unavailable.TOO_DARK) for at in range(90)]
    page = write(tmp_path / "report.html", states)
    # Of all lines, only the sum over the last 30 s is known without a face.
    drawn = re.findall(r'class="series-(\d)" d="(M[^"]*)"', page)
    assert [series for series, _ in drawn] == ["1"]
    highest = re.search(r"highest PERCLOS</dt><dd>(.*?)<small>(.*?)</small>", page)
    assert highest.groups() == ("–", "100% too dark")


def uncounted(state, reason=Unavailable.LOW_FRAME_RATE):
    return replace(state, blinks=replace(state.blinks, rate_per_min=Signal.missing(reason)))


def blinks_tile(page):
    return re.search(r"blinks</dt><dd>(.*?)<small>(.*?)</small>", page).groups()


def test_blinks_below_the_frame_rate_are_a_dash_with_the_reason(tmp_path):
    page = write(tmp_path / "report.html", map(uncounted, drive(10.0, rate_hz=10.0)))
    assert blinks_tile(page) == ("–", "100% low frame rate")


def test_count_of_blinks_outlives_a_stretch_of_low_frame_rate_which_is_told(tmp_path):
    states = [uncounted(state) if state.t_s >= 15.0 else state for state in drive(20.0)]
    assert blinks_tile(write(tmp_path / "report.html", states)) == ("3", "25% low frame rate")


def test_half_second_before_the_frame_rate_is_known_is_not_told(tmp_path):
    states = [uncounted(state) if state.t_s < 0.5 else state for state in drive(20.0)]
    assert blinks_tile(write(tmp_path / "report.html", states)) == ("3", "")


def test_pause_between_frames_is_a_gap_of_its_own(tmp_path):
    states = [driver(t_s) for t_s in (0.0, 0.1, 0.2, 5.0, 5.1)]
    page = write(tmp_path / "report.html", states)
    assert 'data-start="0.200" data-end="5.000"' in page
    assert 'data-reason="no frames"' in page


def test_each_reason_of_an_alert_is_told_once(tmp_path):
    values = {"drowsiness_level": 8.2, "reasons": "microsleep,perclos"}
    values["reason"] = "microsleep"
    page = write(
        tmp_path / "report.html",
        events=[Event(EventType.DROWSINESS, 5.0, 5.0, Level.WARNING, values)],
    )
    assert "reasons microsleep, perclos" in page
    assert "microsleep, microsleep" not in page
    assert why(values) == "drowsiness level 8.2, reasons microsleep, perclos"
    assert why({"reason": "eyes_closed", "reasons": ""}) == "eyes closed"
    assert why({"reason": "eyes_closed"}) == "eyes closed"


def test_events_stand_in_the_table_with_duration_level_and_why(tmp_path):
    events = alert(EventType.SLEEP, Level.ALARM, 5.0, 8.0, 11.5, closed_s=3.0)
    page = write(tmp_path / "report.html", events=events)
    table = page.split("<tbody>")[1].split('<tr class="because">')[0]
    text = " ".join(re.sub(r"<[^>]*>", " ", table).split())
    assert text == "0:08.0 Sleep 6.5 s alarm eyes closed, closed 3 s"


def test_alert_without_an_end_holds_to_the_end_of_the_clip():
    raised = Event(EventType.SLEEP, 8.0, 5.0, Level.ALARM)
    other_ended = Event(EventType.ALERT_ENDED, 9.0, 8.0, None, {"alert": "degraded"})
    [span] = alert_spans([raised, other_ended], clip_end_s=20.0)
    assert (span.end_s, span.ended) == (20.0, False)


def test_alert_that_escalates_ends_where_the_louder_one_begins():
    microsleep = Event(EventType.MICROSLEEP, 6.0, 5.0, Level.WARNING)
    sleep = Event(EventType.SLEEP, 8.0, 5.0, Level.ALARM)
    yawn = Event(EventType.YAWN, 7.0, 2.0, None, {"end_s": 6.5})
    ended = Event(EventType.ALERT_ENDED, 12.0, 6.0, None, {"alert": "sleep"})
    spans = alert_spans([microsleep, yawn, sleep, ended], clip_end_s=20.0)
    assert [(span.type, span.end_s, span.ended) for span in spans] == [
        ("microsleep", 8.0, True),
        ("yawn", 6.5, True),
        ("sleep", 12.0, True),
    ]


def overlapping_alerts():
    """Sleep at the middle of a clip of 60 s, under drowsiness that began before it and drowsiness that came later."""
    return [
        *alert(EventType.DROWSINESS, Level.ADVICE, 5.0, 5.0, 50.0),
        *alert(EventType.SLEEP, Level.ALARM, 20.0, 23.0, 30.0),
        *alert(EventType.OFF_ROAD_GLANCE, Level.WARNING, 22.0, 25.0, 28.0),
        *alert(EventType.DEGRADED, Level.NOTICE, 21.0, 24.0, 55.0),
    ]


def test_overlapping_alerts_have_rows_of_their_own_with_the_loudest_uppermost():
    spans = alert_spans(overlapping_alerts(), clip_end_s=60.0)
    bands = alert_lanes(spans)
    assert {band.span.type: band.row for band in bands} == {
        "sleep": 0,
        "off_road_glance": 1,
        "drowsiness": 2,
        "degraded": 3,
    }


def test_alerts_after_each_other_share_a_row():
    events = [
        *alert(EventType.SLEEP, Level.ALARM, 5.0, 8.0, 10.0),
        *alert(EventType.DROWSINESS, Level.ADVICE, 10.0, 10.0, 20.0),
    ]
    assert {band.row for band in alert_lanes(alert_spans(events, clip_end_s=60.0))} == {0}


def test_of_more_alerts_than_rows_the_quieter_are_painted_beneath():
    events = [
        event
        for at in range(8)
        for event in alert(
            EventType.SLEEP if at == 3 else EventType.DROWSINESS,
            Level.ALARM if at == 3 else Level.ADVICE,
            *(5.0 + at, 5.0 + at, 50.0),
        )
    ]
    bands = alert_lanes(alert_spans(events, clip_end_s=60.0))
    assert len({band.row for band in bands}) < len(bands)
    assert (bands[-1].span.type, bands[-1].row) == ("sleep", 0)


@pytest.mark.chromium
def test_each_of_several_overlapping_alerts_is_seen_in_the_strip(tmp_path, chromium_path):
    write(tmp_path / "report.html", drive(60.0), events=overlapping_alerts())
    with Browser(chromium_path) as browser:
        browser.open(f"file://{tmp_path}/report.html")
        seen = browser.evaluate(
            "(() => { document.querySelector('.bar').scrollIntoView();"
            "return [...document.querySelectorAll('.lane .span')].every(band => {"
            "const box = band.getBoundingClientRect();"
            "const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);"
            "return band.contains(top); }); })()"
        )
    assert seen


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_clip_of_hardly_any_frames_still_has_a_report(tmp_path, frames):
    page = write(tmp_path / "report.html", [driver(at / 30) for at in range(frames)])
    assert f"{frames} frames" in page


def test_rows_read_back_from_a_csv_file_give_the_same_report(tmp_path):
    with (tmp_path / "signals.csv").open("w", newline="") as file:
        csv.writer(file).writerows([columns(), *rows_of(drive(70.0))])
    direct = write(tmp_path / "direct.html", drive(70.0))
    with (tmp_path / "signals.csv").open(newline="") as file:
        lines = csv.reader(file)
        header = next(lines)
        arguments = {"clip": "clip.avi", "events": [], "summary": {}, "header": header}
        arguments["settings"] = VigilSettings()
        write_report(tmp_path / "read.html", rows=lines, **arguments)
    assert (tmp_path / "read.html").read_text(encoding="utf-8") == direct


def test_unwritable_place_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="report cannot be written"):
        write(tmp_path / "missing" / "report.html", [])


def test_charts_are_well_formed(tmp_path):
    page = write(tmp_path / "report.html", drive(90.0))
    for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(drawing)


@pytest.mark.chromium
def test_cursor_reads_the_values_and_an_event_zooms_to_its_moment(tmp_path, chromium_path):
    events = alert(EventType.SLEEP, Level.ALARM, 40.0, 43.0, 44.0)
    write(tmp_path / "report.html", drive(90.0), events=events)
    with Browser(chromium_path, width_px=390) as browser:
        browser.open(f"file://{tmp_path}/report.html")
        assert browser.evaluate("document.documentElement.scrollWidth") == 390
        browser.evaluate("document.querySelector('button.time').click()")
        view_box = browser.evaluate("document.querySelector('#charts svg').getAttribute('viewBox')")
        assert [float(part) for part in view_box.split()] == [35_000, 0, 14_000, 1000]
        # The cursor stands at the onset: a blink (0.9) on the open eye (about 0.05).
        read = browser.evaluate("document.querySelector('.key output').textContent")
        assert float(read) == pytest.approx(0.95, abs=0.05)


@pytest.mark.chromium
def test_cursor_in_a_gap_reads_the_reason(tmp_path, chromium_path):
    write(tmp_path / "report.html", drive(90.0))
    with Browser(chromium_path) as browser:
        browser.open(f"file://{tmp_path}/report.html")
        browser.evaluate(
            "(() => { const plot = document.querySelector('.plot'), box = plot.getBoundingClientRect();"
            "plot.dispatchEvent(new PointerEvent('pointermove', {clientX: box.left + box.width * 65 / 90})); })()"
        )
        read = browser.evaluate("document.querySelector('.key output').textContent")
        assert read == "eyes occluded"
