"""The overlay video: plays in browsers, keeps the clip's own times."""

from __future__ import annotations

import av
import numpy as np
import pytest

from edge_app.errors import UserError
from edge_app.views.overlay_video import OverlayVideo
from tests.views.drivers import picture


def read_back(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [float(shown.pts * shown.time_base) for shown in container.decode(stream)]
        return (
            times,
            stream.codec_context.name,
            stream.codec_context.pix_fmt,
            stream.width,
            stream.height,
        )


def test_variable_frame_times_are_kept_in_a_file_browsers_play(tmp_path):
    times = [5.0, 5.1, 5.14, 5.5, 6.0, 8.25]
    with OverlayVideo(tmp_path / "overlay.mp4") as video:
        for t_s in times:
            video.write(picture(64, 48), t_s)
    read, codec, pixels, *_ = read_back(tmp_path / "overlay.mp4")
    assert read == pytest.approx([t_s - 5.0 for t_s in times], abs=1e-3)
    assert (codec, pixels) == ("h264", "yuv420p")


def test_repeated_and_backward_times_neither_fail_nor_lose_a_picture(tmp_path):
    with OverlayVideo(tmp_path / "overlay.mp4") as video:
        for t_s in (1.0, 1.0, 0.5, 2.0):
            video.write(picture(64, 48), t_s)
    read, *_ = read_back(tmp_path / "overlay.mp4")
    assert len(read) == 4
    assert read == sorted(read)


def test_odd_and_changing_sizes_fit_the_first_picture(tmp_path):
    with OverlayVideo(tmp_path / "overlay.mp4") as video:
        for at, size in enumerate([(65, 49), (65, 49), (200, 100), (10, 30)]):
            video.write(picture(*size), at / 10)
    read, _, _, width, height = read_back(tmp_path / "overlay.mp4")
    assert (len(read), width, height) == (4, 64, 48)


def test_grey_pictures_stay_grey(tmp_path):
    grey = np.full((48, 64), 90, dtype=np.uint8)
    with OverlayVideo(tmp_path / "overlay.mp4") as video:
        video.write(grey, 0.0)
    with av.open(str(tmp_path / "overlay.mp4")) as container:
        (shown,) = container.decode(video=0)
    assert np.abs(shown.to_ndarray(format="bgr24").astype(int) - 90).max() <= 4


def test_no_picture_leaves_no_file(tmp_path):
    with OverlayVideo(tmp_path / "overlay.mp4"):
        pass
    assert not (tmp_path / "overlay.mp4").exists()


def test_unwritable_place_is_one_sentence_before_any_work(tmp_path):
    with pytest.raises(UserError, match="video cannot be written"):
        OverlayVideo(tmp_path / "missing" / "overlay.mp4")
