"""Why an alert came: what is shown are the event's own figures and the limits of the settings in use."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from edge_app.alerts.event import Event, EventType, Level
from edge_app.alerts.policy import AlertPolicy, PolicyStep
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import DriverState
from edge_app.monitor import MonitorStep
from edge_app.recording import Recording
from edge_app.settings import VigilSettings
from edge_app.views import alert_reasons
from edge_app.views.alert_evidence import AlertEvidence
from edge_app.views.report import write_report
from edge_app.views.signal_rows import columns, row
from edge_app.views.timeline import Timeline
from edge_app.views.why import Why
from tests.alerts.ride import FAST, FRAME_S, UNKNOWN, at_speed
from tests.driver_state.traces import Driver, always, during, frame_times, line, missing, sample
from tests.views.browser import Browser
from tests.views.drivers import drive, frame

SETTINGS = VigilSettings()
SUSPECTING = VigilSettings.model_validate({"alerts": {"impairment": {"enabled": True}}})
LIDS, GLANCE = SETTINGS.driver_state.lids, SETTINGS.driver_state.glance
ALERTS = SETTINGS.alerts
AT_S = 12.0  # the forward direction is known, and ten seconds lie before it
CLOSING = {EventType.ALERT_ENDED, EventType.ALERT_ACKNOWLEDGED}


@dataclass(frozen=True)
class Watched:
    """A drive as it was seen, with the settings it was seen with."""

    signals: list
    states: list[DriverState]
    steps: list[PolicyStep]
    settings: VigilSettings

    @property
    def events(self) -> list[Event]:
        return [event for step in self.steps for event in step.events]

    @property
    def rows(self) -> list[list[object]]:
        impairment = self.settings.alerts.impairment.enabled
        return [
            row(state, state.presence.face_present, signals=signals, impairment=impairment)
            for state, signals in zip(self.states, self.signals, strict=True)
        ]

    def first(self, kind: EventType) -> Event:
        return next(event for event in self.events if event.type is kind)

    def why(self, event: Event | EventType) -> Why:
        event = self.first(event) if isinstance(event, EventType) else event
        why = alert_reasons.explain(event, evidence(self.rows, self.events, self.settings))
        assert why is not None
        return why


def evidence(rows, events, settings=SETTINGS) -> AlertEvidence:
    timeline = Timeline(columns(), alert_reasons.COLUMNS, alert_reasons.WORDS)
    for cells in rows:
        timeline.add(cells)
    return AlertEvidence(
        timeline, events, driver_state=settings.driver_state, alerts=settings.alerts
    )


def watched(driver: Driver, duration_s: float, vehicle=UNKNOWN, **settings: object) -> Watched:
    chosen = VigilSettings.model_validate(settings)
    signals = sample(driver, frame_times(duration_s))
    estimator, policy = DriverStateEstimator(chosen.driver_state), AlertPolicy(chosen.alerts)
    states = [estimator.step(moment) for moment in signals]
    steps = [
        policy.step(state, vehicle(state.t_s) if callable(vehicle) else vehicle) for state in states
    ]
    return Watched(signals, states, steps, chosen)


def closed(length_s: float, **also) -> Driver:
    return Driver(closure=during(1.0, (AT_S, AT_S + length_s)), **also)


def turned(length_s: float, **also) -> Driver:
    return Driver(yaw_deg=during(45.0, (AT_S, AT_S + length_s)), **also)


def limits(why: Why) -> dict[str, float]:
    return {limit.label: limit.value for panel in why.panels for limit in panel.limits}


def page_of(drive: Watched, tmp_path, events=None) -> str:
    path = tmp_path / "report.html"
    write_report(
        path,
        clip="clip.avi",
        rows=drive.rows,
        events=drive.events if events is None else events,
        summary={},
        settings=drive.settings,
    )
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "limit_s"),
    [
        (EventType.MICROSLEEP, LIDS.microsleep_s),
        (EventType.SLEEP, LIDS.sleep_s),
        (EventType.UNRESPONSIVE, ALERTS.closed_eyes.unresponsive_s),
    ],
)
def test_shaded_is_the_closure_from_its_onset_until_the_limit_was_reached(kind, limit_s):
    drive = watched(closed(8.0), 25.0)
    event, why = drive.first(kind), drive.why(kind)
    assert [(part.start_s, part.end_s) for part in why.counted] == [(event.onset_s, event.t_s)]
    assert why.counted_label == f"closed {event.values['closed_s']:.1f} s, limit {limit_s:.1f} s"
    assert f"closed for {event.values['closed_s']:.1f} s" in why.sentence


def test_limits_of_closed_eyes_follow_the_settings():
    own = {"closed_from": 0.9, "closed_until": 0.7, "microsleep_s": 1.25, "own_closed_from": 0.95}
    why = watched(closed(3.0), 20.0, driver_state={"lids": own}).why(EventType.MICROSLEEP)
    assert limits(why) == {"closed from 0.9": 0.9, "open below 0.7": 0.7}
    assert why.counted_label.endswith("limit 1.25 s")
    assert "microsleep from 1.25 s on" in why.sentence


def test_closure_that_drifts_is_held_against_the_longer_limit():
    flutter = Driver(
        closure=lambda t_s: (1.0 if t_s % 0.4 < 0.2 else 0.7) if 12.0 <= t_s < 15.0 else 0.0
    )
    why = watched(flutter, 18.0).why(EventType.MICROSLEEP)
    assert why.counted_label.endswith(f"limit {LIDS.drifting_microsleep_s:.1f} s")


def test_closure_in_a_yawn_is_held_against_the_longest_limit():
    driver = Driver(closure=during(1.0, (12.0, 15.0)), mouth=during(0.9, (11.0, 16.0)))
    why = watched(driver, 18.0).why(EventType.MICROSLEEP)
    assert why.counted_label.endswith(f"limit {LIDS.yawning_microsleep_s:.1f} s")
    assert "with the mouth wide open" in why.sentence
    shut = watched(closed(3.0), 20.0, driver_state={"lids": {"drifting_microsleep_s": 2.6}})
    assert "mouth" not in shut.why(EventType.MICROSLEEP).sentence


def test_driver_who_closes_deeper_has_a_depth_of_his_own():
    blinks = during(1.15, (5.0, 5.2), (8.0, 8.2))
    shallow, deep = 0.9, 1.15
    course = line((12.0, shallow), (12.6, shallow), (12.7, deep), (15.0, deep), (15.1, 0.0))
    driver = Driver(closure=lambda t_s: blinks(t_s) if t_s < AT_S else course(t_s))
    why = watched(driver, 20.0).why(EventType.MICROSLEEP)
    label = next(label for label in limits(why) if label.startswith("deep for this driver"))
    assert limits(why)[label] == pytest.approx(LIDS.own_closed_from * deep, abs=0.002)
    deep_s = float(re.search(r"deep ([\d.]+) s, limit", why.counted_label).group(1))
    assert deep_s == pytest.approx(LIDS.microsleep_s, abs=0.1)
    assert why.counted[0].duration_s > deep_s + 0.5


def test_no_return_is_counted_from_the_alarm():
    gone = missing(Unavailable.NO_FACE, (AT_S + 3.5, 40.0))
    drive = watched(closed(3.5, face_missing=gone), 25.0)
    alarm, event = drive.first(EventType.SLEEP), drive.first(EventType.UNRESPONSIVE)
    why = drive.why(event)
    assert event.values["reason"] == "no_return"
    assert [(part.start_s, part.end_s) for part in why.counted] == [(alarm.t_s, event.t_s)]
    assert [(mark.t_s, mark.label) for mark in why.marks] == [(alarm.t_s, "alarm")]


def test_unavailable_stretch_is_a_gap_with_its_reason():
    hidden = missing(Unavailable.EYES_OCCLUDED, (9.0, 10.0))
    why = watched(closed(3.0, eyes_missing=hidden), 20.0).why(EventType.MICROSLEEP)
    [gap] = why.panels[0].gaps
    assert (gap.start_s, gap.end_s) == pytest.approx((9.0, 10.0), abs=1.5 * FRAME_S)
    assert gap.reason == "eyes_occluded"
    assert why.unavailable() == {"eyes_occluded": pytest.approx(1.0, abs=1.5 * FRAME_S)}


def test_gap_is_hatched_and_told_under_the_plot(tmp_path):
    hidden = missing(Unavailable.EYES_OCCLUDED, (9.0, 10.0))
    page = page_of(watched(closed(3.0, eyes_missing=hidden), 20.0), tmp_path)
    figure = page.split('<figure class="why-figure')[1].split("</figure>")[0]
    assert re.search(r'<rect class="gap" [^>]*fill="url\(#hatch-1\)"', figure)
    assert "Hatched: eyes occluded 1.0 s until the warning." in figure


@pytest.mark.parametrize(
    ("speed_kmh", "limit_s", "told"),
    [
        (100.0, ALERTS.distraction.glance_fast_s, "at 50 km/h and above"),
        (30.0, ALERTS.distraction.glance_slow_s, "from 20 to 50 km/h"),
    ],
)
def test_glance_is_held_against_the_limit_at_its_speed(speed_kmh, limit_s, told):
    drive = watched(turned(9.0), 25.0, at_speed(speed_kmh))
    event, why = drive.first(EventType.OFF_ROAD_GLANCE), drive.why(EventType.OFF_ROAD_GLANCE)
    assert limits(why)[f"limit {limit_s:g} s"] == limit_s
    assert told in why.sentence
    assert why.counted[0].duration_s == pytest.approx(event.values["off_road_s"], abs=1e-3)


def test_limits_of_a_glance_follow_the_settings():
    glance = {"max_down_deg": 15.0}
    nods = Driver(pitch_deg=during(-18.0, (AT_S, AT_S + 5.0)))
    drive = watched(
        nods,
        20.0,
        driver_state={"glance": glance},
        alerts={"distraction": {"glance_fast_s": 2.5}},
    )
    assert limits(drive.why(EventType.OFF_ROAD_GLANCE)) == {
        "lowered 15°": -15.0,
        "limit 2.5 s": 2.5,
    }


def test_head_is_drawn_from_the_direction_of_the_road():
    aside = Driver(yaw_deg=lambda t_s: 20.0 + (40.0 if AT_S <= t_s < AT_S + 5.0 else 0.0))
    why = watched(aside, 20.0).why(EventType.OFF_ROAD_GLANCE)
    yaw = why.panels[0].lines[0].points
    at_alert = yaw.value[yaw.t_s <= why.raised_s][-1]
    assert at_alert == pytest.approx(40.0, abs=1.0)


def test_time_too_slow_to_count_is_told():
    drive = watched(turned(9.0), 25.0, lambda t_s: at_speed(5.0 if t_s < AT_S + 2.0 else 100.0))
    why = drive.why(EventType.OFF_ROAD_GLANCE)
    assert re.search(r"for 3\.5 s of the 5\.\d s since it began", why.sentence)
    assert "below 10 km/h" in why.sentence


def test_lids_cast_down_are_shown_against_the_closure_from_which_they_are():
    reads = Driver(closure=during(0.7, (AT_S, AT_S + 6.0)))
    why = watched(reads, 20.0).why(EventType.OFF_ROAD_GLANCE)
    assert limits(why)[f"cast down from {LIDS.cast_down_from:.2f}"] == LIDS.cast_down_from
    assert why.panels[0].title == "Eye closure"


def test_sum_of_glances_reaches_the_limit_where_the_warning_came():
    looks = Driver(
        yaw_deg=during(-40.0, *((at, at + 2.2) for at in (12.0, 16.0, 20.0, 24.0, 28.0)))
    )
    drive = watched(looks, 35.0)
    event, why = drive.first(EventType.OFF_ROAD_SHARE), drive.why(EventType.OFF_ROAD_SHARE)
    summed = why.panels[0].lines[0].points
    at_alert = summed.value[summed.t_s <= event.t_s + 1e-4][-1]
    assert at_alert == pytest.approx(event.values["off_road_s"], abs=1e-2)
    assert sum(part.duration_s for part in why.counted) == pytest.approx(at_alert, abs=1e-2)
    assert why.sentence.startswith("In 5 glances the driver looked off the road for 10.0 s")


def test_drowsiness_shows_the_signs_that_raised_it():
    nods = during(1.0, *((at, at + 1.4) for at in (40.0, 50.0)))
    mouth = during(0.9, (20.0, 24.0))
    drive = watched(Driver(closure=nods, mouth=mouth, smile=always(0.0)), 60.0)
    warned = next(
        event
        for event in drive.events
        if event.type is EventType.DROWSINESS and event.level is Level.WARNING
    )
    why = drive.why(warned)
    assert [panel.title for panel in why.panels] == ["Drowsiness level", "PERCLOS without blinks"]
    assert [mark.label for mark in why.marks] == ["microsleep", "microsleep", "yawn"]
    assert limits(why)["warning 8"] == ALERTS.drowsiness.warning_level
    assert "microsleeps within 5 min" in why.sentence
    assert "1 yawn within 10 min" in why.sentence


def test_blindness_is_told_with_each_reason_and_its_length():
    driver = Driver(
        face_missing=missing(Unavailable.NO_FACE, (AT_S, AT_S + 3.0)),
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (AT_S + 3.0, AT_S + 12.0)),
    )
    why = watched(driver, 30.0).why(EventType.DEGRADED)
    assert "(eyes occluded 5.0 s, no face 3.0 s)" in why.sentence
    assert why.counted_label == "not seen 8.0 s, limit 8.0 s"


def test_blindness_that_comes_and_goes_is_told_as_a_share():
    spans = tuple((AT_S + at, AT_S + at + 0.5) for at in range(12))
    why = watched(Driver(eyes_missing=missing(Unavailable.BLURRED, *spans)), 30.0).why(
        EventType.DEGRADED
    )
    assert re.match(r"not seen 4\.\d s of 8\.\d s, limit 8\.0 s", why.counted_label)
    assert "at least 25% of them are lost" in why.sentence


def test_low_lids_that_nobody_can_judge_are_shown_against_the_usual_ones():
    driver = Driver(
        eye_aspect_ratio=during(0.12, (AT_S, AT_S + 6.0), otherwise=0.3),
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (AT_S, AT_S + 6.0)),
    )
    why = watched(driver, 25.0).why(EventType.DEGRADED)
    low = limits(why)[f"low: {100 * LIDS.unseen_low_share:g}% of usual"]
    assert low == pytest.approx(LIDS.unseen_low_share * 0.3, abs=1e-3)


def test_hidden_mouth_is_told_of_the_mouth_and_not_of_the_eyes():
    hidden = missing(Unavailable.MOUTH_OCCLUDED, (AT_S, AT_S + 20.0))
    why = watched(Driver(mouth_missing=hidden), 40.0).why(EventType.DEGRADED)
    assert [panel.title for panel in why.panels] == ["Mouth openness"]
    assert why.sentence.startswith("The mouth was hidden for 8.0 s")


def test_yawn_is_shaded_where_the_mouth_was_wide():
    mouth = line((12.0, 0.05), (13.0, 0.9), (16.0, 0.9), (17.0, 0.05))
    yawn = {"wide_from": 0.7, "min_wide_s": 2.0}
    why = watched(Driver(mouth=mouth), 25.0, driver_state={"yawn": yawn}).why(EventType.YAWN)
    wide_s = sum(part.duration_s for part in why.counted)
    # On a slope of 0.85 in a second, and down to three quarters of its widest.
    slope_s = (0.9 - 0.7) / 0.85
    assert wide_s == pytest.approx(3.0 + 2 * slope_s, abs=2 * FRAME_S)
    assert limits(why) == {"wide from 0.7": 0.7}
    assert why.counted_label == f"wide {wide_s:.1f} s, needed 2.0 s"


@pytest.mark.parametrize("kind", [kind for kind in EventType if kind not in CLOSING])
@pytest.mark.parametrize("frames", [0, 1, 60])
def test_each_kind_of_alert_is_explained_even_with_hardly_any_frames(tmp_path, kind, frames):
    event = Event(kind, 1.5, 0.5, Level.WARNING, {})
    drive = watched(Driver(), 3.0)
    few = Watched(drive.signals[:frames], drive.states[:frames], drive.steps[:frames], SUSPECTING)
    page = page_of(few, tmp_path, [event])
    assert page.count('<figure class="why-figure') == 1


def test_plots_are_well_formed_and_named_for_those_who_cannot_see_them(tmp_path):
    page = page_of(watched(closed(8.0), 25.0), tmp_path)
    drawings = re.findall(r'(<svg class="why-plot".*?</svg>)\n<figcaption>', page, re.DOTALL)
    assert len(drawings) >= 3
    for drawing in drawings:
        plot = ElementTree.fromstring(drawing)
        title, description = (plot.find(name) for name in ("title", "desc"))
        assert plot.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text and "limit" in drawing and description.text.endswith(".")
    identities = re.findall(r' id="([^"]*)"', page)
    assert len(identities) == len(set(identities))


def test_hostile_words_in_reasons_are_escaped(tmp_path):
    hostile = "</text></svg><script>alert(1)</script>"
    blurred = Driver(eyes_missing=missing(Unavailable.BLURRED, (2.0, 3.0)))
    driver = watched(blurred, 4.0, alerts=SUSPECTING.alerts.model_dump())
    rows = [[hostile if cell == "blurred" else cell for cell in cells] for cells in driver.rows]
    values = {"reason": hostile, "reasons": hostile}
    events = [
        Event(kind, 3.5, 1.0, Level.WARNING, values) for kind in EventType if kind not in CLOSING
    ]
    path = tmp_path / "report.html"
    write_report(path, clip="c", rows=rows, events=events, summary={}, settings=driver.settings)
    page = path.read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page.split("why-figure")[2]


def test_of_many_alerts_the_loudest_are_drawn_and_the_page_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("edge_app.views.report._MOST_WHYS", 5)
    notices = [Event(EventType.DEGRADED, at, at, Level.NOTICE) for at in (1.0, 2.0, 3.0, 4.0)]
    alarms = [Event(EventType.SLEEP, at, at, Level.ALARM) for at in (5.0, 6.0, 7.0, 8.0)]
    page = page_of(watched(Driver(), 10.0), tmp_path, [*notices, *alarms])
    titles = re.findall(r'<title id="why-\d+-title">(\w+) at', page)
    assert titles == ["Degraded", *["Sleep"] * 4]
    assert "Why is drawn for 5 of 8 events, the loudest first." in page
    assert page.count("<details open>") == 3
    assert page.count("<details><summary>Why") == 2


def test_charts_of_the_whole_clip_have_the_limits_of_the_settings(tmp_path):
    drive = watched(
        Driver(),
        3.0,
        alerts={"distraction": {"share_s": 9.0}},
        driver_state={"lids": {"closed_from": 0.75}},
    )
    page = page_of(drive, tmp_path)
    assert "from the dashed 0.75 on an eye counts as closed" in page
    assert "dashed: 3.5 s and 9 s" in page
    # 0.75 of a scale of 0 to 1, in thousandths from the top.
    assert 'y1="250" y2="250"' in page


def test_recording_explains_its_alerts_with_its_own_settings(tmp_path):
    drive = watched(closed(2.0), 16.0, driver_state={"lids": {"closed_from": 0.85}})
    recording = Recording(
        tmp_path / "out",
        clip="clip",
        perception=SimpleNamespace(name="traces", expression_labels=(), temporal=None),
        settings=drive.settings,
        overlay=False,
    )
    for signals, state, step in zip(drive.signals, drive.states, drive.steps, strict=True):
        recording.step(frame(), MonitorStep(None, None, signals, state, step))
    page = recording.finish().read_text(encoding="utf-8")
    assert "closed from 0.85" in page


def test_part_of_a_timeline_keeps_the_frame_before_it():
    timeline = Timeline(columns(), ["closure"], ["lids"])
    for state in drive(2.0, rate_hz=10.0):
        timeline.add(row(state, True))
    part = timeline.between(0.5, 1.0)
    assert part.times_s() == pytest.approx([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    assert part.values("closure").tolist() == timeline.values("closure")[4:11].tolist()
    assert part.words("lids") == ["open"] * 7
    assert math.isclose(timeline.end_s, 2.0)


@pytest.mark.chromium
@pytest.mark.parametrize("width_px", [390, 1280])
def test_no_word_of_a_plot_leaves_the_page(tmp_path, chromium_path, width_px):
    hidden = missing(Unavailable.EYES_OCCLUDED, (5.0, 9.0))
    page_of(watched(closed(8.0, eyes_missing=hidden), 25.0, FAST), tmp_path)
    with Browser(chromium_path, width_px=width_px) as browser:
        browser.open(f"file://{tmp_path}/report.html")
        browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert browser.evaluate("document.documentElement.scrollWidth") == width_px
        outside = browser.evaluate(
            "[...document.querySelectorAll('.why-plot text')].map(t => [t.textContent, t.getBoundingClientRect()])"
            ".filter(([, b]) => b.left < 0 || b.right > innerWidth).map(([words]) => words)"
        )
        assert outside == []
