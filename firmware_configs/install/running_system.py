"""What a running machine is told after its files have changed; an image needs none of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware_configs.install import plan
from firmware_configs.install.host_command import run_command
from firmware_configs.install.step import Outcome, Verdict

_SERVICE = "vigil.service"
_UDEV = Path("/run/udev/control")  # missing where no udev runs, as in a container


@dataclass(frozen=True, slots=True)
class RunningSystem:
    """dry_run: only tells what it would say."""

    dry_run: bool

    def take_up(self, changed: Sequence[str]) -> Iterator[Outcome]:
        """changed: what was made or changed. The service is started anew where anything was, or where it is not up."""
        if changed:
            self._say("systemctl", "daemon-reload")
        if plan.RULES in changed and _UDEV.exists():
            self._say("udevadm", "control", "--reload")
            self._say("udevadm", "trigger", "--action=change")
            yield Outcome(Verdict.CHANGED, "udev", "reads its rules anew")
        if plan.JOURNAL in changed:
            self._say("systemctl", "restart", "systemd-journald.service")
            yield Outcome(Verdict.CHANGED, "journal", "in memory from now on")
        if plan.BROKER in changed:
            self._say("systemctl", "restart", "mosquitto.service")
            yield Outcome(Verdict.CHANGED, "broker", "started anew")
        if not changed and self._state() == "active":
            yield Outcome(Verdict.UNCHANGED, _SERVICE, "runs")
            return
        if not self.dry_run and not Path(plan.AT_BOOT).is_symlink():
            self._say("systemctl", "try-restart", "--no-block", _SERVICE)
            yield Outcome(Verdict.KEPT, _SERVICE, "you have switched it off")
            return
        # Not waited for: a camera that is missing must not hold the installer up.
        self._say("systemctl", "restart", "--no-block", _SERVICE)
        yield Outcome(Verdict.CHANGED, _SERVICE, "started; see `systemctl status vigil`")

    def stop(self) -> Iterator[Outcome]:
        if self._state() not in ("", "inactive", "failed"):
            self._say("systemctl", "stop", _SERVICE)
            yield Outcome(Verdict.REMOVED, _SERVICE, "stopped")

    def forget(self) -> Iterator[Outcome]:
        self._say("systemctl", "daemon-reload")
        if _UDEV.exists():
            self._say("udevadm", "control", "--reload")
        self._say("systemctl", "restart", "systemd-journald.service")
        yield Outcome(Verdict.CHANGED, "system", "reads its units, rules and journal settings anew")

    def _state(self) -> str:
        words = ["systemctl", "show", "--property=ActiveState", "--value", _SERVICE]
        return run_command(words, package="systemd").strip()

    def _say(self, *words: str) -> None:
        if not self.dry_run:
            run_command(words, package="udev" if words[0] == "udevadm" else "systemd")
