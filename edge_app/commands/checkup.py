"""What `vigil doctor` looks at: one method for each part of the unit, each returning what it found.

Everything is tried for real: a frame is taken, the model is run, a beep is sounded, a message is acknowledged.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from edge_app.alerts.event import ActiveAlert, EventType, Level
from edge_app.camera.frame import Frame
from edge_app.commands import machine_checks
from edge_app.commands.finding import Finding, Verdict, found_and_to_do
from edge_app.errors import UserError
from edge_app.face.observation import Perception
from edge_app.settings import UnitSettings, VigilSettings

_VEHICLE_WAIT_S = 4.0
_CAMERA_WATCH_S = 1.5
_BEEP_S = 0.4
_FORWARD_PASSES = 7
_OF_FILES = ("lens", "profiles", "stills", "updates")


class Checkup:
    """All checks over one configuration, cheapest remedies first. A later check may use an earlier one's frame."""

    def __init__(self, settings: VigilSettings, *, silent: bool = False) -> None:
        self._settings = settings
        self._silent = silent
        self._frame: Frame | None = None
        self._perception: Perception | None = None
        self.checks: dict[str, Callable[[], Finding]] = {
            "camera": self.camera,
            "lens": self.lens,
            "model": self.model,
            "runtime": self.runtime,
            "parts": self.parts,
            "face": self.face,
            **{
                _output_name(index): self._output_check(index)
                for index in range(len(settings.cabin.outputs))
            },
            "cabin": self.cabin,
            "vehicle": self.vehicle,
            "broker": self.broker,
            "outbox": lambda: machine_checks.outbox(settings.telemetry.outbox),
            **({"trace": self.trace} if settings.trace.folder is not None else {}),
            **({"profiles": self.profiles} if settings.driver_profiles.enabled else {}),
            **({"stills": self.stills} if settings.event_stills.enabled else {}),
            **({"updates": self.updates} if settings.updates.enabled else {}),
            "clock": machine_checks.clock,
            "temperature": machine_checks.temperature,
            "memory": machine_checks.memory,
        }

    def files(self) -> Iterator[Finding]:
        """Of files and folders alone, whose checks open no device, load no model and leave nothing behind."""
        kept = {name: self.checks[name] for name in _OF_FILES if name in self.checks}
        return self._run(kept)

    def findings(self) -> Iterator[Finding]:
        """Run every check. One that fails in a way nobody foresaw is a finding too."""
        return self._run(self.checks)

    def _run(self, checks: Mapping[str, Callable[[], Finding]]) -> Iterator[Finding]:
        for name, check in checks.items():
            try:
                yield check()
            except UserError as error:
                yield Finding(name, Verdict.FAIL, *found_and_to_do(str(error)))
            except Exception as error:  # noqa: BLE001 - told as a finding; the other checks go on
                words = " ".join(f"{type(error).__name__}: {error}".split())
                yield Finding(name, Verdict.FAIL, words, "please report this")

    def trace(self) -> Finding:
        from edge_app.trace.folder import require_writable

        folder = self._settings.trace.folder
        assert folder is not None
        require_writable(folder)
        return Finding("trace", Verdict.OK, f"{folder}: can be written")

    def profiles(self) -> Finding:
        from edge_app.commands.profiles_check import driver_profiles
        from edge_app.telemetry.clock import now

        return driver_profiles(self._settings.driver_profiles, now().wall.date())

    def stills(self) -> Finding:
        from edge_app.commands.stills_check import event_stills
        from edge_app.telemetry.clock import now

        return event_stills(self._settings.event_stills, now())

    def updates(self) -> Finding:
        from edge_app.commands.updates_check import signed_updates

        return signed_updates(self._settings.updates)

    def camera(self) -> Finding:
        from edge_app.camera.capture import Capture
        from edge_app.camera.faults import PictureCheck
        from edge_app.camera.sources import shown_uri

        settings = self._settings.camera
        name = shown_uri(settings.source)
        picture_check = PictureCheck(settings)
        times_s: list[float] = []
        picture_fault = None
        capture = Capture(settings)
        capture.start()
        try:
            end_s = time.monotonic() + settings.open_timeout_s
            while time.monotonic() < end_s:
                turn = capture.next(0.2)
                if turn.frame is not None:
                    if self._frame is None:
                        end_s = time.monotonic() + _CAMERA_WATCH_S
                    self._frame = turn.frame
                    times_s.append(turn.frame.t_s)
                    picture_fault = picture_check.step(turn.frame)
                elif turn.ended or (turn.fault is not None and self._frame is None):
                    break
        finally:
            capture.close()
        if self._frame is None:
            silent = (
                f"{name}: no frame within {settings.open_timeout_s:g} s; check the cable, camera.source"
                " and that no other program uses the camera"
            )
            return Finding("camera", Verdict.FAIL, *found_and_to_do(turn.detail or silent))
        size = f"{self._frame.width_px}×{self._frame.height_px}"
        if picture_fault is not None:
            return Finding(
                "camera",
                Verdict.WARN,
                f"{name}: {size}, but the picture is {picture_fault.value}",
                "uncover and clean the lens, look at the light",
            )
        rate_hz = (len(times_s) - 1) / (times_s[-1] - times_s[0]) if len(times_s) > 1 else 0.0
        found = f"{name}: {size}, {rate_hz:.0f} frames/s"
        if len(times_s) > 1 and rate_hz < 0.7 * settings.frame_rate_hz:
            return Finding(
                "camera",
                Verdict.WARN,
                f"{found}, fewer than the {settings.frame_rate_hz:g} asked for",
                "more light, another pixel_format or a smaller picture gives more frames",
            )
        return Finding("camera", Verdict.OK, found)

    def lens(self) -> Finding:
        from calibration.camera.lens_file import CorruptLensFileError
        from edge_app.camera.opened_lens import named_lens

        name, height_px, width_px = self._settings.camera.lens, *self._image().shape[:2]
        if name is None:
            view_deg = self._settings.perception.horizontal_field_of_view_deg
            found = f"none is set; a horizontal view of {view_deg:g}° is assumed"
            return Finding("lens", Verdict.OK, found)
        try:
            lens = named_lens(self._settings.camera)
        except CorruptLensFileError as error:
            to_do = "measure it again with `vigil calibrate camera`"
            found = f"camera.lens: {error}: damaged, so the view is assumed"
            return Finding("lens", Verdict.WARN, found, to_do)
        assert lens is not None
        here = lens.at(width_px, height_px)
        view_deg = math.degrees(here.horizontal_field_of_view_rad)
        kind = "measured" if lens.measured else "published figures"
        found = f"{name}: {kind}, {view_deg:.0f}° wide at {width_px}×{height_px}"
        if lens.measured and width_px * lens.height_px != height_px * lens.width_px:
            return Finding(
                "lens",
                Verdict.WARN,
                f"{found}, but measured at {lens.width_px}×{lens.height_px}, another shape",
                "measure it again in the picture size that you run in",
            )
        return Finding("lens", Verdict.OK, found)

    def model(self) -> Finding:
        from edge_app.face.perceptions import open_perception

        began_s = time.perf_counter()
        self._perception = open_perception(self._settings.perception)
        took_ms = (time.perf_counter() - began_s) * 1000
        return Finding("model", Verdict.OK, f"{self._perception.name}, loaded in {took_ms:.0f} ms")

    def runtime(self) -> Finding:
        from edge_app.face.crop import FaceCrop

        runtime = self._settings.perception.runtime
        if self._perception is None:
            return Finding("runtime", Verdict.WARN, "not tried: there is no model", "see model")
        image = self._image()
        height_px, width_px = image.shape[:2]
        crop = FaceCrop(width_px / 2, height_px / 2, min(height_px, width_px) / 2, 0.0)
        took_ms = []
        for _ in range(_FORWARD_PASSES):
            began_s = time.perf_counter()
            self._perception.observe(image, crop)
            took_ms.append((time.perf_counter() - began_s) * 1000)
        typical_ms = statistics.median(took_ms)
        found = (
            f"{runtime}: {typical_ms:.1f} ms per face, {self._settings.perception.threads} threads"
        )
        budget_ms = 1000 / self._settings.camera.frame_rate_hz
        if typical_ms > budget_ms:
            return Finding(
                "runtime",
                Verdict.WARN,
                f"{found}, more than the {budget_ms:.0f} ms between frames",
                "raise perception.threads or lower camera.frame_rate_hz",
            )
        return Finding("runtime", Verdict.OK, found)

    def parts(self) -> Finding:
        if self._perception is None:
            return Finding("parts", Verdict.WARN, "not tried: there is no model", "see model")
        return machine_checks.parts(self._settings.perception)

    def face(self) -> Finding:
        if self._perception is None or self._frame is None:
            missing = "model" if self._perception is None else "picture"
            return Finding("face", Verdict.WARN, f"not tried: there is no {missing}", "see above")
        faces = self._perception.detect(self._frame.image)
        if not faces:
            return Finding(
                "face",
                Verdict.WARN,
                "nobody in the picture",
                "sit in the driver's seat and run this again, or point the camera at the face",
            )
        x0, _, x1, _ = faces[0].box
        return Finding("face", Verdict.OK, f"{len(faces)} found, {x1 - x0:.0f} pixels wide")

    def cabin(self) -> Finding:
        cabin = self._settings.cabin
        pin = cabin.acknowledge.button_pin
        if pin is not None:
            from edge_app.alerts.acknowledge_button import AcknowledgeButton

            AcknowledgeButton(pin, lambda: None, bounce_s=0.0).close()
        if not {"sound", "gpio_buzzer"}.intersection(output.type for output in cabin.outputs):
            return Finding(
                "cabin",
                Verdict.WARN,
                "no output can be heard",
                "add `- type: sound` or `- type: gpio_buzzer` to cabin.outputs",
            )
        return Finding("cabin", Verdict.OK, "an output that can be heard is set up")

    def vehicle(self) -> Finding:
        from edge_app.camera.sources import added_source
        from edge_app.vehicle.providers import as_linked, open_provider
        from edge_app.vehicle.words import in_words

        source = added_source(self._settings.camera.source)
        provider = open_provider(self._settings.vehicle.provider, source)
        try:
            linked = as_linked(provider)
            end_s = time.monotonic() + _VEHICLE_WAIT_S
            trouble = None if linked is None else linked.trouble_after(_VEHICLE_WAIT_S)
            state = provider.read(0.0)
            while linked is not None and state.speed_kmh is None and time.monotonic() < end_s:
                time.sleep(0.05)
                state = provider.read(0.0)
        finally:
            provider.close()
        if trouble is not None:
            return Finding("vehicle", Verdict.FAIL, *found_and_to_do(trouble))
        found = f"{self._settings.vehicle.provider.type}: {in_words(state)}"
        if linked is not None and state.speed_kmh is None:
            to_do = "alerts take it as fast; see docs/vehicle-inputs.md"
            return Finding("vehicle", Verdict.WARN, found, to_do)
        return Finding("vehicle", Verdict.OK, found)

    def broker(self) -> Finding:
        telemetry, unit = self._settings.telemetry, self._settings.unit
        if not telemetry.enabled:
            return Finding("broker", Verdict.OK, "telemetry is off; nothing leaves the vehicle")
        from edge_app.telemetry.client import check_broker
        from edge_app.telemetry.credentials import concerns, read_credentials

        credentials = read_credentials(telemetry, unit.vehicle_id)
        doubts = concerns(telemetry, unit.vehicle_id, credentials, time.time())
        sentence = check_broker(telemetry, unit.vehicle_id)
        if sentence is not None:
            found, to_do = found_and_to_do(sentence)
            return Finding("broker", Verdict.FAIL, found, " ".join(doubts) or to_do)
        found = f"{telemetry.host}:{telemetry.port} took a message"
        if doubts:
            worry, to_do = found_and_to_do(doubts[0])
            return Finding("broker", Verdict.WARN, f"{found}, but: {worry}", to_do)
        if unit.vehicle_id == UnitSettings().vehicle_id:
            return Finding(
                "broker",
                Verdict.WARN,
                f"{found}, but this unit has no name of its own",
                "set unit.vehicle_id; two units of one name throw each other out",
            )
        return Finding("broker", Verdict.OK, found)

    def _output_check(self, index: int) -> Callable[[], Finding]:
        settings = self._settings.cabin.outputs[index]
        name = _output_name(index)
        notice = ActiveAlert(EventType.DEGRADED, Level.NOTICE, 0.0, "doctor")

        def check() -> Finding:
            from edge_app.alerts.outputs.output import open_output

            output = open_output(settings)
            try:
                if self._silent or settings.type == "console":
                    return Finding(name, Verdict.OK, f"{settings.type}: opens")
                began_s = time.monotonic()
                output.show(notice)
                while (held_s := time.monotonic() - began_s) < _BEEP_S:
                    output.sustain(held_s)
                    time.sleep(0.02)
                output.show(None)
            finally:
                output.close()
            sense = "light up" if settings.type == "gpio_light" else "beep"
            found = f"{settings.type}: was told to {sense} once just now"
            return Finding(name, Verdict.OK, found)

        return check

    def _image(self) -> np.ndarray:
        if self._frame is not None:
            return self._frame.image
        camera = self._settings.camera
        return np.full((camera.height_px, camera.width_px, 3), 128, dtype=np.uint8)


def _output_name(index: int) -> str:
    return f"output {index + 1}"
