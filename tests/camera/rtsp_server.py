"""A network camera: an RTSP server that sends an endless numbered MPEG-4 clip over the control connection.

Just enough of RFC 2326 and RFC 6416 for a real client to play; one client at a time.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from fractions import Fraction

import av

from tests.camera.pictures import HEIGHT_PX, WIDTH_PX, numbered_picture

RATE_HZ = 25
_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\na=control:track\r\n"
)


class RtspCamera:
    """Serves while the block is entered. `unplug()` cuts the connection; the next client is served again."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connection: socket.socket | None = None
        self._pictures = _encoded()
        self.uri = f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/live"

    def __enter__(self) -> RtspCamera:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.unplug()

    def unplug(self) -> None:
        if self._connection is not None:
            self._connection.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                self._connection, _ = self._listener.accept()
            except OSError:
                return
            try:
                with self._connection:
                    self._answer(self._connection)
            except OSError:
                self._connection = None

    def _answer(self, connection: socket.socket) -> None:
        for line in (requests := connection.makefile("rb")):
            method = line.split()[0].decode()
            headers = {}
            while (header := requests.readline().strip()) != b"":
                name, _, value = header.decode().partition(":")
                headers[name.lower()] = value.strip()
            more, body = {
                "OPTIONS": ("Public: DESCRIBE, SETUP, PLAY\r\n", ""),
                "DESCRIBE": ("Content-Type: application/sdp\r\n", _SDP),
                "SETUP": ("Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", ""),
            }.get(method, ("", ""))
            head = f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\nSession: 1\r\n{more}"
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            if method == "PLAY":
                self._play(connection)

    def _play(self, connection: socket.socket) -> None:
        start_s = time.monotonic()
        for number in range(1 << 16):
            picture = self._pictures[number % len(self._pictures)]
            stamp = number * 90_000 // RATE_HZ
            header = struct.pack(">BBHII", 0x80, 0x80 | 96, number, stamp, 1)
            packet = header + picture
            connection.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)
            time.sleep(max(0.0, start_s + (number + 1) / RATE_HZ - time.monotonic()))


def _encoded() -> list[bytes]:
    """Whole pictures, every fifth one decodable by itself."""
    encoder = av.CodecContext.create("mpeg4", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, RATE_HZ), Fraction(RATE_HZ)
    encoder.gop_size = 5
    packets = []
    for number in range(250):
        picture = av.VideoFrame.from_ndarray(numbered_picture(number), format="bgr24")
        picture.pts, picture.time_base = number, Fraction(1, RATE_HZ)
        packets += encoder.encode(picture)
    packets += encoder.encode()
    return [bytes(packet) for packet in packets]
