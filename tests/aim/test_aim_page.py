"""The aiming page over real HTTP: who gets in, what a tap does, and how it looks on a telephone."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from edge_app.aim.bars import bars_of
from edge_app.aim.qr_code import qr_lines
from edge_app.aim.session import AimSession
from edge_app.aim.view import View
from edge_app.camera.frame import Frame
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from edge_app.views.aim_page import AimPage
from edge_app.views.aim_picture import draw_aim
from tests.aim.looks import eyes_at, look
from tests.views.browser import Browser
from tests.views.drivers import driver, picture

SETTINGS = VigilSettings()


class Desk:
    """Writes a word in place of a report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.finished = False
        self.problem: str | None = None

    def write(self) -> None:
        if self.problem:
            raise UserError(self.problem)
        (self.folder / "commissioning.html").write_text("<h1>the report</h1>")

    def written(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.exists() else None

    def finish(self) -> None:
        self.finished = True


@pytest.fixture
def aimed(tmp_path):
    session = AimSession(SETTINGS, View(None, SETTINGS), outputs=["console"])
    desk = Desk(tmp_path)
    pages = []

    def serve(host="127.0.0.1"):
        page = AimPage(session, desk, host, 0)
        pages.append(page)
        return page, page.start()

    yield session, desk, serve
    for page in pages:
        page.close()


def ask(url, path="/", *, body=None, headers=None):
    """Status, headers and content; follows nothing."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=5)
    connection.request("GET" if body is None else "POST", path, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), content


def tap(url, word, headers=None):
    status, _, content = ask(
        url, "/aim/act", body=word, headers={"Vigil-Aim": "1", **(headers or {})}
    )
    return status, json.loads(content)


def test_on_this_machine_no_token_is_asked_for(aimed):
    _, _, serve = aimed
    _, url = serve()
    assert "token" not in url
    assert ask(url)[0] == 200


def test_beyond_this_machine_the_token_opens_once(aimed):
    _, _, serve = aimed
    _, url = serve("0.0.0.0")
    token = urlsplit(url).query
    assert token.startswith("token=") and len(token) > 20
    for path in ("/", "/?token=wrong", "/frame.jpg", "/stream", "/aim/stream", "/live.js"):
        assert ask(url, path)[0] == 403
    assert tap_status(url) == 403
    status, headers, _ = ask(url, f"/?{token}")
    assert status == 303
    cookie = headers["set-cookie"].split(";")[0]
    assert "HttpOnly" in headers["set-cookie"]
    assert ask(url, headers={"Cookie": cookie})[0] == 200
    assert ask(url, f"/?{token}")[0] == 403
    assert ask(url, headers={"Cookie": "vigil_page=guess"})[0] == 403


def tap_status(url):
    return ask(url, "/aim/act", body="start", headers={"Vigil-Aim": "1"})[0]


def test_tap_of_another_site_is_refused(aimed):
    session, _, serve = aimed
    _, url = serve()
    assert ask(url, "/aim/act", body="start")[0] == 403
    assert not session.run.runs
    assert ask(url, headers={"Host": "evil.example"})[0] == 400


def test_taps_start_steps_and_choose(aimed):
    session, _, serve = aimed
    _, url = serve()
    status, told = tap(url, "start")
    assert status == 200 and told["step"]["runs"] and session.looks_ahead
    assert tap(url, "left")[1]["side"] == "left"
    assert tap(url, "mount_mirror")[1]["mount"] == "mirror"
    assert "camera_mount: mirror" in tap(url, "picture")[1]["found_settings"]
    assert session.choices.picture
    assert tap(url, "dance")[0] == 400


def test_report_is_there_once_it_is_written(aimed):
    _, desk, serve = aimed
    _, url = serve()
    assert ask(url, "/commissioning.html")[0] == 404
    assert tap(url, "write")[1]["written"] == ["commissioning.html"]
    assert ask(url, "/commissioning.html")[2] == b"<h1>the report</h1>"
    kept = ask(url, "/commissioning.html?download")[1]["content-disposition"]
    assert 'filename="commissioning.html"' in kept
    desk.problem = "the disk is full; free some"
    assert tap(url, "write")[1]["problem"] == "the disk is full; free some"
    tap(url, "finish")
    assert desk.finished


def test_page_and_its_parts_name_no_other_site(aimed):
    _, _, serve = aimed
    _, url = serve()
    for path in ("/", "/aim.css", "/aim.js"):
        _, headers, content = ask(url, path)
        assert b"//" not in content.replace(b"// ", b"").replace(b"/*", b"")
        assert "default-src 'self'" in headers["content-security-policy"]


def test_taken_address_is_one_sentence(aimed):
    session, desk, _ = aimed
    with pytest.raises(UserError, match="the live page cannot use"):
        AimPage(session, desk, "no.such.host.invalid", 0).start()


def test_code_in_the_terminal_is_read_by_a_camera():
    url = "http://192.168.4.1:8761/?token=AbCd-_0123456789"
    dark = {" ": (1, 1), "█": (0, 0), "▀": (0, 1), "▄": (1, 0)}
    rows = []
    for line in qr_lines(url):
        cells = [dark[sign] for sign in line.removeprefix("\x1b[97;40m").removesuffix("\x1b[0m")]
        rows += [[above for above, _ in cells], [below for _, below in cells]]
    image = np.kron(1 - np.array(rows, np.uint8), np.full((6, 6), 255, np.uint8))
    assert cv2.QRCodeDetector().detectAndDecode(image)[0] == url


@pytest.mark.parametrize(("distance_px", "is_red"), [(50, False), (20, True)])
def test_box_is_red_until_the_face_stands_well(distance_px, is_red):
    grey = Frame(np.full((480, 640), 90, np.uint8), 0.0, 0)
    drawn = draw_aim(grey, look(face=eyes_at(320, 240, distance_px)), bars_of(SETTINGS))
    _, green, red = (int(value) for value in drawn[180, 320])  # upper edge of the box
    assert (red > green) == is_red
    assert grey.image.max() == 90


@pytest.mark.chromium
@pytest.mark.parametrize("dark", [False, True])
def test_telephone_shows_what_to_do_and_one_large_button(aimed, chromium_path, dark):
    session, _, serve = aimed
    page, url = serve()
    far_left = look(face=eyes_at(60, 240))
    with Browser(chromium_path, width_px=390, height_px=844, dark=dark) as browser:
        browser.open(url)
        for at in range(60):
            session.look(replace(far_left, t_s=at / 20))
        page.show(picture(640, 480), driver(1.0), ())
        browser.wait_for("document.getElementById('picture').naturalWidth === 640")
        browser.wait_for("document.getElementById('advice').innerText.includes('to the left')")
        assert browser.evaluate("document.querySelectorAll('#now li.fail').length") == 1
        assert browser.evaluate("document.documentElement.scrollWidth") == 390
        heights = "[...document.querySelectorAll('button')].map((b) => b.offsetHeight)"
        assert min(h for h in browser.evaluate(heights) if h) >= 48
        first = "document.getElementById('first')"
        assert browser.evaluate(f"{first}.getBoundingClientRect().bottom") <= 844
        browser.evaluate(f"{first}.click()")
        browser.wait_for(f"{first}.disabled")
        assert session.looks_ahead
        panel = browser.evaluate(
            "getComputedStyle(document.querySelector('footer')).backgroundColor"
        )
        assert panel == ("rgb(26, 30, 36)" if dark else "rgb(255, 255, 255)")


@pytest.mark.chromium
def test_code_opens_the_page_in_a_browser_beyond_this_machine(aimed, chromium_path):
    session, _, serve = aimed
    _, url = serve("0.0.0.0")
    session.look(look())
    with Browser(chromium_path, width_px=390, height_px=844) as browser:
        browser.open(f"http://127.0.0.1:{urlsplit(url).port}/?{urlsplit(url).query}")
        browser.wait_for("document.querySelectorAll('#now li').length > 10")
        assert browser.evaluate("location.search") == ""
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"http://127.0.0.1:{urlsplit(url).port}/", timeout=5)
