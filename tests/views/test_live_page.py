"""The live page over real HTTP: pictures and signals arrive, nobody who watches can hold up the driver's program."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from edge_app.alerts.event import ActiveAlert, Event, EventType, Level
from edge_app.driver_state.signals import Unavailable
from edge_app.driver_state.state import Impairment
from edge_app.errors import UserError
from edge_app.views.live_feed import Shown, state_message
from edge_app.views.live_page import LivePage
from tests.views.browser import Browser
from tests.views.drivers import driver, picture

ALERT = ActiveAlert(EventType.SLEEP, Level.ALARM, 0.5, "eyes_closed")


@pytest.fixture
def served():
    page = LivePage(port=0)
    url = page.start()
    yield page, url
    page.close()


class Stream:
    """A server-sent event stream, read message by message."""

    def __init__(self, url, headers=None):
        request = urllib.request.Request(url + "stream", headers=headers or {})
        self._answer = urllib.request.urlopen(request, timeout=5)

    def next(self, name):
        """The id and data of the next message called `name`."""
        kind, number = "", ""
        while True:
            line = self._answer.readline().decode().strip()
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("id: "):
                number = line[4:]
            elif line.startswith("data: ") and kind == name:
                return number, json.loads(line[6:])

    def close(self):
        self._answer.close()


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status, dict(answer.headers), answer.read()


def test_newest_picture_arrives_as_jpeg(served):
    page, url = served
    page.show(np.zeros((48, 64, 3), np.uint8), driver(), ())
    page.show(np.full((48, 64, 3), 200, np.uint8), driver(0.1), ())
    _, headers, content = get(url + "frame.jpg")
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (48, 64, 3)
    assert abs(float(image.mean()) - 200) < 3
    assert headers["vigil-frame"] == "2"


def test_request_for_the_next_picture_waits_for_it(served):
    page, url = served
    page.show(picture(64, 48), driver(), ())
    threading.Timer(0.3, page.show, (picture(64, 48), driver(0.1), ())).start()
    began_s = time.monotonic()
    _, headers, _ = get(url + "frame.jpg?after=1")
    assert headers["vigil-frame"] == "2"
    assert 0.2 < time.monotonic() - began_s < 1.5


def test_no_new_picture_is_told_as_no_content(served):
    page, url = served
    page.show(picture(64, 48), driver(), ())
    assert get(url + "frame.jpg?after=1")[0] == 204


def test_state_alerts_and_events_arrive_as_server_sent_events(served):
    page, url = served
    stream = Stream(url)
    page.show(picture(64, 48), driver(1.5, eyes_missing=Unavailable.EYES_OCCLUDED), (ALERT,))
    _, state = stream.next("state")
    assert state["signals"]["closure"] == ""
    assert state["signals"]["closure_unavailable"] == "eyes_occluded"
    assert state["gauges"][0] == {
        "label": "Closure L",
        "text": "eyes occluded",
        "fraction": None,
        "severity": "calm",
        "tick": None,
    }
    assert state["alerts"][0]["held_s"] == 1.0
    page.add_event(Event(EventType.YAWN, 1.5, 0.0, None, {"duration_s": 1.5}))
    assert stream.next("event")[1]["why"] == "duration 1.5 s"
    stream.close()


def test_whoever_opens_the_page_reads_no_suspicion_of_impairment():
    suspected = replace(driver(), impairment=Impairment(0.62, 0.7, ("head_sway",), None))
    told = json.dumps(state_message(Shown(1, picture(32, 24), suspected, (), None)))
    assert "closure" in told
    assert "impairment" not in told and "head_sway" not in told and "0.62" not in told


def test_state_comes_at_most_about_ten_times_a_second(served):
    page, url = served
    stop = threading.Event()

    def keep_showing():
        at = 0
        while not stop.wait(0.01):
            at += 1
            page.show(picture(64, 48), driver(at / 100), ())

    thread = threading.Thread(target=keep_showing)
    thread.start()
    stream = Stream(url)
    began_s = time.monotonic()
    for _ in range(8):
        stream.next("state")
    stop.set()
    thread.join()
    stream.close()
    assert time.monotonic() - began_s > 0.6


def test_reconnecting_viewer_gets_only_the_events_it_missed(served):
    page, url = served
    for at in range(3):
        page.add_event(Event(EventType.YAWN, float(at), 0.0))
    stream = Stream(url)
    first_id, _ = stream.next("event")
    stream.close()
    again = Stream(url, {"Last-Event-ID": first_id})
    assert again.next("event")[1]["time"] == "0:01.0"
    again.close()
    of_an_earlier_run = Stream(url, {"Last-Event-ID": "deadbeef:2"})
    assert of_an_earlier_run.next("event")[1]["time"] == "0:00.0"
    of_an_earlier_run.close()


def test_viewers_who_read_nothing_do_not_hold_up_show(served):
    page, url = served
    address = urlsplit(url)
    stuck = []
    for path in ("/stream", "/frame.jpg") * 4:
        viewer = socket.create_connection((address.hostname, address.port))
        viewer.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        stuck.append(viewer)
    noise = np.random.default_rng(0).integers(0, 255, (720, 1280, 3), np.uint8)
    costs_s = []
    for at in range(200):
        began_s = time.perf_counter()
        page.show(noise, driver(at / 30), ())
        costs_s.append(time.perf_counter() - began_s)
        time.sleep(0.002)
    assert np.median(costs_s) < 0.0005
    # And somebody else is still served.
    assert get(url + "frame.jpg")[1]["vigil-frame"] == "200"
    for viewer in stuck:
        viewer.close()


def test_nothing_is_encoded_while_nobody_watches(served, monkeypatch):
    page, _ = served
    encoded = []
    monkeypatch.setattr(cv2, "imencode", lambda *given: encoded.append(given))
    for at in range(30):
        page.show(picture(64, 48), driver(at / 30), ())
    time.sleep(0.3)
    assert not encoded


def test_finish_tells_where_the_report_lies_and_serves_it(served, tmp_path):
    page, url = served
    report = tmp_path / "report.html"
    report.write_text("<h1>the report</h1>")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(url + "report")
    stream = Stream(url)
    page.finish(report)
    assert stream.next("finish")[1] == {"report": str(report)}
    assert get(url + "report")[2] == b"<h1>the report</h1>"
    stream.close()


def test_taken_port_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"127\.0\.0\.1:{port} .*choose another port"):
            LivePage(port=port).start()


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("no.such.host.invalid", 0)])
def test_impossible_address_is_one_sentence(host, port):
    with pytest.raises(UserError, match="the live page cannot use"):
        LivePage(host, port).start()


def test_name_that_another_site_points_here_is_refused(served):
    page, url = served
    page.show(picture(64, 48), driver(), ())
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=5)
    connection.request("GET", "/frame.jpg", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 400
    connection.close()


def test_finish_reaches_viewers_even_when_the_page_closes_at_once(tmp_path):
    page = LivePage(port=0)
    stream = Stream(page.start())
    page.finish(tmp_path / "report.html")
    page.close()
    assert stream.next("finish")[1] == {"report": str(tmp_path / "report.html")}
    stream.close()


def test_close_ends_open_streams_soon_and_twice_is_fine():
    page = LivePage(port=0)
    stream = Stream(page.start())
    began_s = time.monotonic()
    page.close()
    page.close()
    assert time.monotonic() - began_s < 3
    stream.close()


def test_page_and_its_parts_name_no_other_site(served):
    _, url = served
    for path in ("", "palette.css", "live.css", "live.js"):
        _, headers, content = get(url + path)
        assert b"//" not in content.replace(b"// ", b"").replace(b"/*", b"")
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.chromium
def test_browser_shows_picture_gauges_alert_and_lost_connection(chromium_path):
    page = LivePage(port=0)
    url = page.start()
    with Browser(chromium_path, width_px=390) as browser:
        browser.open(url)
        state = driver(1.0, closure=0.95, eyes_missing=Unavailable.EYES_OCCLUDED)
        page.show(picture(640, 480), state, (ALERT,))
        page.add_event(Event(EventType.SLEEP, 1.0, 0.0, Level.ALARM, {"<b>": "<img src=x>"}))
        browser.wait_for("document.getElementById('overlay').naturalWidth === 640")
        browser.wait_for("document.getElementById('alert').innerText.includes('ALARM: sleep')")
        browser.wait_for("document.querySelectorAll('#events li').length === 1")
        assert browser.evaluate("document.querySelectorAll('#events img').length") == 0
        closure = "document.querySelector('#gauges > div')"
        assert browser.evaluate(f"{closure}.innerText").split("\n")[-1] == "eyes occluded"
        assert browser.evaluate(f"{closure}.querySelector('.meter').className") == "meter hatched"
        assert browser.evaluate("document.documentElement.scrollWidth") == 390
        page.close()
        browser.wait_for("document.getElementById('link').innerText === 'connection lost'")
