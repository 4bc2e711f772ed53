"""From a URI to frames: every kind of source that can run here, and the sentence of each that cannot."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from edge_app.camera.capture import Capture
from edge_app.camera.file import VideoFileSource
from edge_app.camera.frame import Frame
from edge_app.camera.gst import full_pipeline
from edge_app.camera.settings import CameraSettings
from edge_app.camera.source import FrameSource, SourceError, UnusableSourceError
from edge_app.camera.sources import open_source, plays_by_itself, shown_uri, split_uri
from edge_app.commands.demo import DEMO_CLIP, _clip_name
from edge_app.configuration.sentences import without_password
from tests.camera.pictures import number_in, numbered_picture, write_video

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = CameraSettings()
VARIABLE_MS = [0, 40, 140, 150, 400, 500, 533, 900]


def read_all(source: FrameSource) -> list[Frame]:
    frames = []
    with closing(source):
        while (frame := source.read()) is not None:
            frames.append(frame)
    return frames


def sentence(uri: str | Path) -> str:
    """The error of a source, either on opening or on reading; one line."""
    with pytest.raises(SourceError) as error:
        read_all(open_source(str(uri), SETTINGS))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_variable_frame_rate_keeps_the_times_of_the_file(tmp_path: Path, name: str) -> None:
    # The file's own times begin at half a second; a frame's are counted from the first frame.
    path = write_video(tmp_path / name, [500 + t_ms for t_ms in VARIABLE_MS])
    frames = read_all(open_source(f"file:{path}", SETTINGS))
    assert [round(frame.t_s * 1000) for frame in frames] == VARIABLE_MS
    assert [number_in(frame.image) for frame in frames] == list(range(8))
    assert [frame.index for frame in frames] == list(range(8))
    assert {frame.image.shape for frame in frames} == {(96, 128, 3)}


def test_file_tells_its_length_and_that_it_is_not_live(tmp_path: Path) -> None:
    source = open_source(str(write_video(tmp_path / "clip.mp4", range(0, 1000, 40))), SETTINGS)
    assert (source.live, source.frame_count) == (False, 25)
    assert source.frame_rate_hz == pytest.approx(25, rel=0.05)
    source.close()
    source.close()


def test_animated_gif_plays_with_its_delays(tmp_path: Path) -> None:
    path = tmp_path / "clip.gif"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("gif", rate=10)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "rgb8"
        for number in range(5):
            picture = av.VideoFrame.from_ndarray(numbered_picture(number), format="bgr24")
            container.mux(stream.encode(picture.reformat(format="rgb8")))
        container.mux(stream.encode())
    frames = read_all(open_source(str(path), SETTINGS))
    assert [round(frame.t_s, 2) for frame in frames] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert [number_in(frame.image) for frame in frames] == list(range(5))


def test_damage_in_the_middle_of_a_file_is_counted_and_costs_some_frames_not_the_rest(
    tmp_path: Path,
) -> None:
    path = write_video(tmp_path / "clip.mp4", range(0, 4000, 40), gop=5)
    content = bytearray(path.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 600] = bytes(600)
    path.write_bytes(content)
    source = VideoFileSource(str(path), SETTINGS)
    frames = read_all(source)
    assert 0 < source.skipped_count < 30
    assert [number_in(frame.image) for frame in frames[:30]] == list(range(30))
    assert [number_in(frame.image) for frame in frames[-20:]] == list(range(80, 100))
    assert [round(frame.t_s * 1000) for frame in frames[-20:]] == list(range(3200, 4000, 40))


@pytest.mark.parametrize(
    ("matrix", "clockwise_quarters"),
    [((0, 1, -1, 0), 1), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 3)],  # ISO 14496-12, 6.2.2
)
def test_video_of_a_turned_telephone_comes_upright(
    tmp_path: Path, matrix: tuple[int, int, int, int], clockwise_quarters: int
) -> None:
    path = write_video(tmp_path / "flat.mp4", range(0, 200, 40))
    turned = tmp_path / "turned.mp4"
    content = path.read_bytes()
    at = content.index(_display_matrix(1, 0, 0, 1), content.index(b"tkhd"))
    turned.write_bytes(content[:at] + _display_matrix(*matrix) + content[at + 36 :])
    flat = read_all(open_source(str(path), SETTINGS))[3].image
    upright = read_all(open_source(str(turned), SETTINGS))[3].image
    np.testing.assert_array_equal(upright, np.rot90(flat, -clockwise_quarters))


def _display_matrix(a: int, b: int, c: int, d: int) -> bytes:
    """The matrix of a track header: a b u, c d v, x y w, in fixed point."""
    one = 1 << 16
    return struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)


def test_joined_file_whose_times_start_anew_never_goes_back(tmp_path: Path) -> None:
    first = write_video(tmp_path / "a.ts", range(0, 400, 40)).read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(first + first)
    times_s = [frame.t_s for frame in read_all(open_source(str(path), SETTINGS))]
    assert len(times_s) == 20
    assert times_s == sorted(set(times_s))


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 100, bytes(5000)])
def test_file_that_is_no_video_is_one_sentence_that_names_it(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    assert str(path) in sentence(path)


def test_video_cut_off_by_a_crash_is_one_sentence(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", range(0, 400, 40))
    path.write_bytes(path.read_bytes()[:-1000])  # an MP4 without its index, which comes last
    assert "damaged" in sentence(path)


def test_sound_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    assert "no video stream" in sentence(path)


def test_folder_of_pictures_plays_in_natural_order_at_the_set_rate(tmp_path: Path) -> None:
    for number in (10, 2, 1, 33):
        cv2.imwrite(str(tmp_path / f"frame{number}.png"), numbered_picture(number))
    (tmp_path / "notes.txt").write_text("not a picture")
    source = open_source(f"images:{tmp_path}", CameraSettings(frame_rate_hz=5))
    assert (source.frame_count, source.frame_rate_hz, source.live) == (4, 5.0, False)
    frames = read_all(source)
    assert [number_in(frame.image) for frame in frames] == [1, 2, 10, 33]
    assert [round(frame.t_s, 6) for frame in frames] == [0.0, 0.2, 0.4, 0.6]


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp"])
def test_bare_path_of_a_picture_is_one_frame(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    cv2.imwrite(str(path), numbered_picture(77))
    assert [number_in(frame.image) for frame in read_all(open_source(str(path), SETTINGS))] == [77]


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 no jpeg"])
def test_bad_picture_in_a_folder_is_named(tmp_path: Path, content: bytes) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), numbered_picture(1))
    (tmp_path / "2.jpg").write_bytes(content)
    assert "2.jpg" in sentence(tmp_path)


def test_folder_without_pictures_is_one_sentence(tmp_path: Path) -> None:
    assert "holds no picture" in sentence(tmp_path)


@pytest.mark.parametrize("uri", ["file:/no/clip.mp4", "images:/no/folder", "/no/clip.mp4"])
def test_missing_path_is_one_sentence_that_names_it(uri: str) -> None:
    assert uri.split(":")[-1] in sentence(uri)


def test_unknown_scheme_lists_the_known_ones() -> None:
    message = sentence("telepathy:0")
    assert "telepathy" in message
    assert all(f"{scheme}:" in message for scheme in ("v4l2", "picamera2", "gst", "rtsp", "file"))


@pytest.mark.usefixtures("scripted_camera")
def test_sibling_package_adds_a_scheme_by_an_entry_point() -> None:
    source = open_source("scripted:", SETTINGS)
    frame = source.read()
    assert frame is not None and frame.index == 0
    assert "scripted:" in sentence("telepathy:0")


def test_folder_in_place_of_a_video_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(UnusableSourceError, match="is a folder"):
        open_source(f"file:{tmp_path}", CameraSettings())


def test_missing_camera_is_an_error_that_a_second_try_may_mend() -> None:
    with pytest.raises(SourceError, match="/dev/video97") as error:
        open_source("v4l2:97", SETTINGS)
    assert not isinstance(error.value, UnusableSourceError)


def test_file_that_is_no_camera_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.write_text("")
    assert str(path) in sentence(f"v4l2:{path}")


def test_missing_picamera2_says_what_to_install() -> None:
    if shutil.which("rpicam-hello"):
        pytest.skip("this machine is a Pi")
    assert "python3-picamera2" in sentence("picamera2:0")


def gstreamer_bindings() -> bool:
    """As `gst.py` judges it: the bindings alone, without GStreamer's own typelibs, do not help."""
    try:
        import gi

        gi.require_version("Gst", "1.0")
        gi.require_version("GstApp", "1.0")
    except (ImportError, ValueError):
        return False
    return True


@pytest.mark.skipif(gstreamer_bindings(), reason="GStreamer's Python bindings are installed")
def test_missing_gstreamer_says_what_to_install() -> None:
    if cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER):
        pytest.skip("this OpenCV has GStreamer")
    assert "python3-gi" in sentence("gst:videotestsrc")


@pytest.mark.skipif(not gstreamer_bindings(), reason="no GStreamer Python bindings (python3-gi)")
@pytest.mark.parametrize("colour", [True, False])
def test_pipeline_delivers_pictures_with_their_time_of_capture(colour: bool) -> None:
    grey = " ! video/x-raw,format=GRAY8,width=322,height=240 ! appsink"
    source = open_source("gst:videotestsrc is-live=true" + ("" if colour else grey), SETTINGS)
    frames = [source.read() for _ in range(5)]
    age_s = time.monotonic() - (frames[-1].t_s if frames[-1] else 0.0)
    source.close()
    assert [frame.image.shape for frame in frames if frame] == [
        (480, 640, 3) if colour else (240, 322)
    ] * 5
    assert 0.0 <= age_s < 0.2


@pytest.mark.skipif(not gstreamer_bindings(), reason="no GStreamer Python bindings (python3-gi)")
def test_pipeline_that_ends_or_has_a_typo_is_one_sentence() -> None:
    assert "end of stream" in sentence("gst:videotestsrc is-live=true num-buffers=2 ! queue")
    assert "videotestsauce" in sentence("gst:videotestsauce")


def test_pipeline_is_completed_to_pictures_of_the_set_size() -> None:
    pipeline = full_pipeline("nvarguscamerasrc sensor-id=1", SETTINGS)
    assert pipeline.startswith("nvarguscamerasrc sensor-id=1 ! video/x-raw(memory:NVMM)")
    assert "width=640,height=480" in pipeline and "framerate=30000/1000" in pipeline
    assert pipeline.endswith("appsink name=vigil max-buffers=1 drop=true sync=false")


def test_pipeline_with_its_own_sink_is_left_alone() -> None:
    assert full_pipeline("a ! appsink max-buffers=2", SETTINGS) == (
        "a ! appsink name=vigil max-buffers=2"
    )


def test_nobody_at_the_network_camera_is_one_sentence_without_the_password() -> None:
    message = sentence("rtsp://user:secret@127.0.0.1:9/live")
    assert "secret" not in message and "user" in message and "cannot connect" in message


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("v4l2:0", ("v4l2", "0")),
        ("v4l2:/dev/v4l/by-id/usb-cam", ("v4l2", "/dev/v4l/by-id/usb-cam")),
        ("gst:videotestsrc ! a:b", ("gst", "videotestsrc ! a:b")),
        ("rtsp://u:p@host:554/a", ("rtsp", "rtsp://u:p@host:554/a")),
        ("file:///tmp/a.mp4", ("file", "/tmp/a.mp4")),
        ("file:a b.mp4", ("file", "a b.mp4")),
        ("/dev/null", ("v4l2", "/dev/null")),
        ("/tmp", ("images", "/tmp")),
    ],
)
def test_uri_is_split_into_scheme_and_rest(uri: str, parts: tuple[str, str]) -> None:
    assert split_uri(uri) == parts


def test_existing_path_with_a_colon_is_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("take:2.mp4").write_bytes(b"")
    assert split_uri("take:2.mp4") == ("file", "take:2.mp4")


def test_cameras_play_by_themselves_and_files_do_not(tmp_path: Path) -> None:
    assert plays_by_itself("v4l2:0") and plays_by_itself("rtsp://host/a")
    assert not plays_by_itself("file:a.mp4") and not plays_by_itself(str(tmp_path))


def test_added_source_plays_by_itself_unless_it_says_otherwise(scripted_camera: None) -> None:
    assert plays_by_itself("scripted:x")
    assert not plays_by_itself("sim:attentive")


def test_password_is_masked() -> None:
    assert shown_uri("rtsp://a:b:c@host/x") == "rtsp://a:***@host/x"
    assert shown_uri("rtsp://host/x@y") == "rtsp://host/x@y"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("rtsp://u:p/w@h", "rtsp://u:***@h"),
        ("rtsp://me@x.org:p@w/@h/live", "rtsp://me@x.org:***@h/live"),
        ("rtsp://h/live?user=a&password=pw&n=1", "rtsp://h/live?user=a&password=***&n=1"),
        (
            "gst:rtspsrc location=rtsp://h/x user-id=u user-pw=pw ! decodebin",
            "gst:rtspsrc location=rtsp://h/x user-id=u user-pw=*** ! decodebin",
        ),
        ('gst:rtspsrc user-pw = "p w\\" s" ! a', "gst:rtspsrc user-pw = *** ! a"),
        ("gst:rtspsrc user-pw=(string)pw ! a", "gst:rtspsrc user-pw=(string)*** ! a"),
        ("gst:rtspsrc location=rtsp://u:p/w@h/x ! a", "gst:rtspsrc location=rtsp://u:***@h/x ! a"),
    ],
)
def test_password_is_masked_however_it_is_written(uri: str, shown: str) -> None:
    assert shown_uri(uri) == shown
    assert shown_uri(shown) == shown
    assert without_password(uri) == without_password(shown)


@pytest.mark.parametrize(
    "uri",
    [
        "rtsp://user:pass/word-s3cret@127.0.0.1:1/live",
        "gst:rtspsrc location=rtsp://127.0.0.1:1/x user-id=u user-pw=s3cret ! nosuchelement",
        "gst:nosuchelement user-pw=s3cret",
        "vendor://u:pass/s3cret@h",
        "no-such-folder://u:s3cret@h",
    ],
)
def test_no_error_of_a_source_tells_its_password(uri: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(uri, SETTINGS)
    assert "s3cret" not in str(caught.value)


def test_capture_process_and_report_name_a_camera_without_its_password() -> None:
    capture = Capture(CameraSettings(source="rtsp://u:pass/s3cret@127.0.0.1:1/live"))
    capture.start()
    try:
        told = []
        deadline_s = time.monotonic() + 20.0
        while not any("cannot connect" in detail for detail in told):
            assert time.monotonic() < deadline_s, told
            told.append(capture.next(0.5).detail or "")
    finally:
        capture.close()
    assert not any("s3cret" in detail for detail in told)
    assert _clip_name("rtsp://u:pass/s3cret@h/live") == "rtsp://u:***@h/live"
    assert _clip_name("gst:rtspsrc user-pw=s3cret ! x") == "gst:rtspsrc user-pw=*** ! x"
    assert _clip_name(f"file:{DEMO_CLIP}") == "demo_drive.mp4"


def test_plug_ins_are_imported_only_when_chosen() -> None:
    program = (
        "import sys\n"
        "import edge_app.camera.capture_process\n"
        "print([name for name in ('av', 'cv2', 'pydantic', 'gi') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "count"), [("dash_1", 429), ("dash_2", 470), ("dash_7", 633)])
def test_dash_clips_decode_whole_with_the_times_of_29_97_hz(
    data_dir: Path, name: str, count: int
) -> None:
    source = VideoFileSource(str(data_dir / "yawdd" / f"{name}.avi"), SETTINGS)
    times_s = [frame.t_s for frame in read_all(source)]
    assert (len(times_s), source.skipped_count) == (count, 0)
    np.testing.assert_allclose(np.diff(times_s), 1 / 29.97, atol=1e-4)
