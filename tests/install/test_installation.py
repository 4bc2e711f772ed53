"""What `vigil install` makes of an image: once and for all, never over its owner's work, and back again."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.configuration.load import load_settings
from edge_app.errors import UserError
from firmware_configs.install.target import Target, open_target
from tests.install.conftest import Install

Tree = Callable[[], dict[str, bytes | str]]
UNIT = "etc/systemd/system/vigil.service"
SETTINGS = "etc/vigil/vigil.yaml"
# systemd-sysusers keeps copies and locks of the account files.
OF_ACCOUNTS = ("passwd", "group", "shadow", "gshadow", ".pwd.lock")


def verdicts(output: str) -> set[str]:
    return {line.split()[0] for line in output.splitlines()[:-1] if line[:1].islower()}


def without_accounts(tree: dict[str, bytes | str]) -> dict[str, bytes | str]:
    return {path: what for path, what in tree.items() if not path.strip("-").endswith(OF_ACCOUNTS)}


def test_image_becomes_a_unit(install: Install, image: Path) -> None:
    done = install("--vehicle-id", "van-07")
    assert done.returncode == 0, done.stderr
    assert "vigil:x:" in (image / "etc/passwd").read_text()
    assert "/usr/sbin/nologin" in (image / "etc/passwd").read_text()
    groups = {
        line.split(":")[0]: line.split(":")[3]
        for line in (image / "etc/group").read_text().splitlines()
    }
    assert groups["video"] == groups["gpio"] == "vigil"
    assert groups["audio"] == "somebody,vigil"
    assert groups["users"] == ""
    assert not {"render", "dialout"} & set(groups)  # none is made that was not there
    settings = load_settings(image / SETTINGS)
    assert (settings.profile, settings.unit.vehicle_id) == ("raspberry_pi_5", "van-07")
    wanted = image / "etc/systemd/system/multi-user.target.wants/vigil.service"
    assert os.readlink(wanted) == f"/{UNIT}"


def bring_environment(image: Path) -> None:
    program = image / sys.prefix.lstrip("/") / "bin/vigil"
    program.parent.mkdir(parents=True)
    program.touch()


def test_second_time_changes_nothing_and_says_so(install: Install, image: Path, tree: Tree) -> None:
    bring_environment(image)
    install()
    before = tree()
    again = install()
    assert again.returncode == 0
    assert verdicts(again.stdout) == {"unchanged"}
    assert again.stdout.endswith("Everything is as it should be.\n")
    assert tree() == before


def test_what_is_missing_is_not_called_as_it_should_be(install: Install) -> None:
    install()
    again = install()
    assert again.returncode == 0 and "missing    environment " in again.stdout
    assert "Everything" not in again.stdout
    assert again.stdout.splitlines()[-1].startswith("Left to you: 1 of the above")


def test_dry_run_lists_what_would_be_done_and_changes_nothing(
    install: Install, image: Path, tree: Tree
) -> None:
    bring_environment(image)
    before = tree()
    dry = install("--dry-run").stdout.splitlines()
    assert tree() == before
    real = install().stdout.splitlines()
    as_done = [line.replace("would make", "made") for line in dry[:-1]]
    assert [line.split() for line in as_done] == [line.split() for line in real]
    assert not any(line.startswith(("made", "changed")) for line in dry)
    assert dry[-1].endswith("things would be done; nothing was.")


def test_uninstall_leaves_what_was_there_before(install: Install, tree: Tree) -> None:
    if shutil.which("userdel") is None:
        pytest.skip("userdel is missing")
    before = without_accounts(tree())
    install()
    assert without_accounts(tree()) != before
    gone = install("--uninstall", "--purge")
    assert gone.returncode == 0, gone.stderr
    assert without_accounts(tree()) == before


def test_uninstall_keeps_state_and_the_user_it_belongs_to(install: Install, image: Path) -> None:
    install()
    (image / "var/lib/vigil").mkdir()
    (image / "var/lib/vigil/outbox.sqlite").write_text("events")
    gone = install("--uninstall")
    assert "kept       /var/lib/vigil" in gone.stdout
    assert (image / "var/lib/vigil/outbox.sqlite").read_text() == "events"
    assert "vigil:x:" in (image / "etc/passwd").read_text()
    assert not (image / UNIT).exists()
    if shutil.which("userdel") is not None:
        assert install("--uninstall", "--purge").returncode == 0
        assert not (image / "var/lib/vigil").exists()
        assert "vigil" not in (image / "etc/passwd").read_text()


def test_dry_uninstall_changes_nothing(install: Install, tree: Tree) -> None:
    install()
    before = tree()
    dry = install("--uninstall", "--purge", "--dry-run").stdout
    assert "would remove" in dry and "removed" not in dry
    assert tree() == before


@pytest.mark.parametrize("path", [SETTINGS, UNIT, "etc/systemd/journald.conf.d/vigil.conf"])
def test_what_its_owner_changed_is_kept_by_both(install: Install, image: Path, path: str) -> None:
    install()
    mine = image / path
    mine.write_text("# mine\n")
    assert f"kept       /{path}" in install("--vehicle-id", "another").stdout
    assert mine.read_text() == "# mine\n"
    assert f"kept       /{path}: you have changed it" in install("--uninstall").stdout
    assert mine.read_text() == "# mine\n"


def test_settings_that_were_there_first_are_the_owners(install: Install, image: Path) -> None:
    (image / "etc/vigil").mkdir()
    (image / SETTINGS).write_text("profile: x86_64\n")
    install()
    install("--uninstall")
    assert (image / SETTINGS).read_text() == "profile: x86_64\n"


def test_purge_after_an_uninstall_removes_what_that_has_kept(
    install: Install, image: Path, tree: Tree
) -> None:
    if shutil.which("userdel") is None:
        pytest.skip("userdel is missing")
    before = without_accounts(tree())
    install()
    (image / SETTINGS).write_text("# mine\n")
    assert f"/{SETTINGS}: you have changed it; --purge" in install("--uninstall").stdout
    assert f"removed    /{SETTINGS}" in install("--uninstall", "--purge").stdout
    assert without_accounts(tree()) == before


def test_what_is_asked_of_settings_that_are_kept_is_told(
    install: Install, image: Path, tmp_path: Path
) -> None:
    bring_environment(image)
    install("--vehicle-id", "van-07")
    mine = (image / SETTINGS).read_text() + "# mine\n"
    (image / SETTINGS).write_text(mine)
    again = install("--vehicle-id", "van-08").stdout
    assert "unit.vehicle_id is van-07 there, not van-08 as asked for" in again
    assert "Everything" not in again and "Left to you: 1 of the above" in again
    assert install("--vehicle-id", "van-07").stdout.endswith("Everything is as it should be.\n")
    given = tmp_path / "given.yaml"
    given.write_text("profile: raspberry_pi_5\n")
    assert f"{given} was not put in its place" in install("--config", str(given)).stdout
    assert (image / SETTINGS).read_text() == mine


def test_what_nobody_changed_follows_a_new_wish(install: Install, image: Path) -> None:
    install()
    again = install("--vehicle-id", "van-08")
    assert "changed    /etc/vigil/vigil.yaml" in again.stdout
    assert load_settings(image / SETTINGS).unit.vehicle_id == "van-08"


def test_settings_given_are_put_in_place_as_they_are(
    install: Install, image: Path, tmp_path: Path
) -> None:
    given = tmp_path / "given.yaml"
    given.write_text("# ours\nprofile: raspberry_pi_4\nunit: {vehicle_id: van-09}\n")
    assert install("--config", str(given), profile=None).returncode == 0
    assert (image / SETTINGS).read_bytes() == given.read_bytes()
    assert "dma_heap" in (image / UNIT).read_text()  # the device is the one that they name


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_modes_are_what_is_meant_whatever_the_umask(
    install: Install, image: Path, umask: int
) -> None:
    if os.geteuid() != 0 and umask == 0o777:
        pytest.skip("systemd-sysusers cannot read what it makes")
    assert install(umask=umask).returncode == 0
    modes = {
        path: stat.S_IMODE((image / path).stat().st_mode)
        for path in (UNIT, SETTINGS, "opt/vigil/ignition.sh", "etc/vigil", "opt/vigil")
    }
    assert modes == {
        UNIT: 0o644,
        SETTINGS: 0o640,
        "opt/vigil/ignition.sh": 0o755,
        "etc/vigil": 0o755,
        "opt/vigil": 0o755,
    }


def test_installation_that_broke_off_is_gone_on_with(install: Install, image: Path) -> None:
    blocked = image / "etc/udev"
    blocked.write_text("a file where a folder belongs")
    broken = install()
    assert broken.returncode == 2
    assert broken.stderr.count("\n") == 1 and "etc/udev" in broken.stderr
    noted = json.loads((image / "opt/vigil/installed.json").read_text())
    assert f"/{SETTINGS}" in noted["files"]
    blocked.unlink()
    assert install().returncode == 0
    assert (image / "etc/udev/rules.d/99-vigil.rules").exists()


def test_local_broker_is_set_up_where_there_is_one(install: Install, image: Path) -> None:
    without = install("--with-broker")
    assert without.returncode == 2 and "apt install mosquitto" in without.stderr
    assert not (image / "etc/vigil").exists()
    (image / "usr/sbin/mosquitto").touch()
    assert install("--with-broker").returncode == 0
    assert "listener 1883 127.0.0.1" in (image / "etc/mosquitto/conf.d/vigil.conf").read_text()
    assert load_settings(image / SETTINGS).telemetry.enabled


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--user", "root"), "--user 'root' cannot be the service's user"),
        (("--user", "a b\nc"), "cannot be the service's user"),
        (("--profile", "amiga"), "There is no profile 'amiga'"),
        (("--purge",), "--purge belongs to --uninstall"),
        (("--uninstall",), "Nothing was installed here"),
        (("--config", "missing.yaml"), "missing.yaml"),
        (("--vehicle-id", "a/b"), "error: --vehicle-id: unit.vehicle_id is"),
        (("--wheel", "x.whl"), "--wheel and --root exclude each other"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_done(
    install: Install, tree: Tree, words: tuple[str, ...], sentence: str
) -> None:
    before = tree()
    done = install(*words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert tree() == before


def test_image_that_does_not_tell_its_device_asks_for_the_profile(install: Install) -> None:
    done = install(profile=None)
    assert done.returncode == 2 and "--profile" in done.stderr


@pytest.mark.parametrize(
    ("model", "profile"),
    [
        ("Raspberry Pi 5 Model B Rev 1.0", "raspberry_pi_5"),
        ("Raspberry Pi Compute Module 4 Rev 1.1", "raspberry_pi_4"),
        ("Raspberry Pi Zero 2 W Rev 1.0", "raspberry_pi_zero_2_w"),
        ("NVIDIA Jetson Orin Nano Engineering Reference Developer Kit", "jetson_orin_nano"),
    ],
)
def test_device_is_found_by_what_its_firmware_calls_it(
    install: Install, image: Path, model: str, profile: str
) -> None:
    (image / "proc/device-tree").mkdir(parents=True)
    (image / "proc/device-tree/model").write_bytes(model.encode() + b"\0")
    assert install(profile=None).returncode == 0
    assert load_settings(image / SETTINGS).profile == profile


def test_service_that_its_owner_switched_off_stays_off(install: Install, image: Path) -> None:
    install()
    at_boot = image / "etc/systemd/system/multi-user.target.wants/vigil.service"
    at_boot.unlink()
    assert "you have switched it off" in install().stdout
    assert not at_boot.is_symlink()


def test_running_machine_needs_root_and_a_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(Target, "has_systemd", lambda self: True)
    with pytest.raises(UserError, match="needs root"):
        open_target(Path("/"), changes=True)
    assert open_target(Path("/"), changes=False).running
    monkeypatch.setattr(Target, "has_systemd", lambda self: False)
    with pytest.raises(UserError, match="does not run systemd"):
        open_target(Path("/"), changes=False)


def test_folder_without_systemd_is_one_sentence(install: Install, image: Path) -> None:
    shutil.rmtree(image / "etc/systemd")
    done = install()
    assert done.returncode == 2 and "has no systemd" in done.stderr


def test_link_out_of_the_image_is_refused(install: Install, image: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (image / "etc/vigil").symlink_to(outside)
    done = install()
    assert done.returncode == 2 and "leads out of" in done.stderr
    assert not any(outside.iterdir())


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"format": 2}', '{"format":1,"files":{"/../../etc/x":"a"},"links":{}}', "\0"],
)
def test_list_of_what_was_made_that_is_no_such_list_removes_nothing(
    install: Install, image: Path, tree: Tree, content: str
) -> None:
    install()
    (image / "opt/vigil/installed.json").write_text(content)
    before = tree()
    done = install("--uninstall", "--purge")
    assert done.returncode == 2 and "installed.json" in done.stderr
    assert tree() == before
