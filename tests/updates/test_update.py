"""From a published release to the slot that the next start takes, over a link that breaks."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_app.bundle.open import open_bundle
from edge_app.commands.config import app as config_app
from edge_app.errors import UserError
from edge_app.updates.failures import UpdateError, Why
from edge_app.updates.fetcher import ResumingFetcher
from edge_app.updates.source import INCOMING, SignedSource
from model_compression.publishing.release import publish
from tests.updates.fleet import Fleet, Vehicle, synchronised, today
from tests.updates.repository_server import RepositoryServer


def left_over(vehicle: Vehicle) -> list[str]:
    return sorted(path.name for path in (vehicle.folder / INCOMING).iterdir())


def test_new_bundle_is_used_from_the_next_start_and_not_before(vehicle: Vehicle) -> None:
    assert vehicle.start() == ""
    assert "tiny 1.0.0 is ready; the next start takes it" in vehicle.update()
    assert vehicle.slots.record.current is None
    assert vehicle.start() == "tiny 1.0.0"
    folder = vehicle.folder / "slot-a"
    assert vehicle.checked == [folder]
    opened = open_bundle(folder)
    opened.verify_all()
    assert opened.title == "tiny 1.0.0"
    assert left_over(vehicle) == []


def test_what_is_in_use_is_not_fetched_again(vehicle: Vehicle, server: RepositoryServer) -> None:
    vehicle.update()
    assert "in use already" in vehicle.update()
    vehicle.start()
    assert "in use already" in vehicle.update()
    assert len(server.asked("bundles/")) == 1


def test_next_bundle_goes_into_the_other_slot(fleet: Fleet, vehicle: Vehicle) -> None:
    vehicle.update()
    vehicle.start()
    vehicle.prove()
    fleet.publish("2.0.0")
    vehicle.update()
    assert vehicle.start() == "tiny 2.0.0"
    record = vehicle.slots.record
    assert (record.current, record.slot_a.state, record.slot_b.state) == ("slot-b", "good", "trial")


def test_version_that_is_asked_for_is_taken(fleet: Fleet, vehicle: Vehicle) -> None:
    fleet.publish("2.0.0")
    assert "tiny 1.0.0" in vehicle.update("1.0.0")
    with pytest.raises(UpdateError, match=r"no version 9\.9; it has 2\.0\.0, 1\.0\.0") as caught:
        vehicle.update("9.9")
    assert caught.value.why is Why.NO_SUCH_RELEASE


def test_vehicle_of_another_channel_is_offered_nothing(fleet: Fleet, vehicle: Vehicle) -> None:
    fleet.publish("2.0.0", channel="pilot")
    assert "tiny 1.0.0" in vehicle.update()


def test_broken_download_goes_on_where_it_broke(vehicle: Vehicle, server: RepositoryServer) -> None:
    server.cut_after["bundles/"] = [1000, 500]
    vehicle.update()
    assert server.asked("bundles/") == [None, "bytes=1000-", "bytes=1500-"]
    assert vehicle.start() == "tiny 1.0.0"


def test_download_goes_on_at_the_next_try_after_the_link_is_lost(
    vehicle: Vehicle, server: RepositoryServer
) -> None:
    server.cut_after["bundles/"] = [1000, 0, 0, 0]
    with pytest.raises(UpdateError, match="goes on from there") as caught:
        vehicle.update()
    assert caught.value.why is Why.BROKEN_OFF
    vehicle.update()
    assert server.asked("bundles/")[-1] == "bytes=1000-"
    assert vehicle.start() == "tiny 1.0.0"


def test_server_without_ranges_sends_everything_again(
    vehicle: Vehicle, server: RepositoryServer
) -> None:
    server.cut_after["bundles/"] = [1000]
    server.knows_ranges = False
    vehicle.update()
    assert vehicle.start() == "tiny 1.0.0"


def test_part_with_wrong_bytes_is_thrown_away_and_the_next_try_works(
    vehicle: Vehicle, server: RepositoryServer
) -> None:
    server.cut_after["bundles/"] = [1000, 0, 0, 0]
    with pytest.raises(UpdateError):
        vehicle.update()
    (part,) = (vehicle.folder / INCOMING).glob("*.part")
    part.write_bytes(b"x" * 1000)
    with pytest.raises(UpdateError) as caught:
        vehicle.update()
    assert caught.value.why is Why.NOT_TRUSTED
    assert left_over(vehicle) == []
    vehicle.update()
    assert vehicle.start() == "tiny 1.0.0"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1:9", "127.0.0.1 cannot be reached (connection refused)"),
        (
            "http://nowhere.invalid",
            "nowhere.invalid cannot be reached (its name is not known here)",
        ),
    ],
)
def test_no_network_is_one_sentence_in_plain_words(
    vehicle: Vehicle, url: str, sentence: str
) -> None:
    vehicle.url = url
    with pytest.raises(UpdateError) as caught:
        vehicle.update()
    assert caught.value.why is Why.UNREACHABLE
    assert str(caught.value) == f"updates: {sentence}."


def test_full_disk_leaves_what_is_in_use_and_keeps_no_part(vehicle: Vehicle) -> None:
    """A limit on the size of files stands for a disk that takes no more: the same place, the same error path."""
    vehicle.slots.begin("boot-1")
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))
            try:
                vehicle.update()
            except UpdateError as error:
                code = 0 if error.why is Why.DISK else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert left_over(vehicle) == []
    assert vehicle.start() == ""
    vehicle.update()
    assert vehicle.start() == "tiny 1.0.0"


def test_nothing_is_fetched_where_events_would_lose_their_room(
    vehicle: Vehicle, server: RepositoryServer
) -> None:
    updater = vehicle.updater()
    updater._settings = vehicle.settings.model_copy(update={"keep_free_mb": 10**9})
    with pytest.raises(UpdateError, match="events come first") as caught:
        updater.update()
    assert caught.value.why is Why.DISK
    assert server.asked("bundles/") == []


def test_program_that_ends_stops_a_download_where_it_stands(
    vehicle: Vehicle, server: RepositoryServer
) -> None:
    server.dripping["bundles/"] = (500, 0.01)
    settings = vehicle.settings
    fetcher = ResumingFetcher(settings, vehicle.folder / INCOMING, keep_on=lambda: False)
    source = SignedSource(settings, now=synchronised)
    source.channel()
    target = source.find("bundles/tiny-1.0.0.tar")
    source._updater._fetcher = fetcher
    with pytest.raises(UpdateError) as caught:
        source.download(target)
    assert caught.value.why is Why.BROKEN_OFF
    assert len(server.asked("bundles/")) <= 4


def test_bundle_that_fails_its_check_is_not_used_and_not_fetched_again(
    vehicle: Vehicle, server: RepositoryServer
) -> None:
    def unfit(folder: Path) -> None:
        raise UserError("too slow here.")

    updater = vehicle.updater()
    updater._check = unfit
    with pytest.raises(UpdateError, match="too slow here") as caught:
        updater.update()
    assert caught.value.why is Why.UNUSABLE
    with pytest.raises(UpdateError) as caught:
        vehicle.update()
    assert caught.value.why is Why.KNOWN_BAD
    assert len(server.asked("bundles/")) == 1
    assert vehicle.start() == ""


def test_signed_settings_hold_from_the_next_start(fleet: Fleet, vehicle: Vehicle) -> None:
    from edge_app.configuration.load import load_settings
    from edge_app.settings import VigilSettings
    from edge_app.updates.opening import signed_below

    file = fleet.folder / "fleet.yaml"
    file.write_text("service: {stop_within_s: 7.5}\n")
    publish(fleet.repository, fleet.keys, "stable", bundle=None, settings=file, now=today())
    own = [
        "updates.enabled=true",
        f"updates.metadata_url={vehicle.url}/metadata/",
        f"updates.targets_url={vehicle.url}/targets/",
        f"updates.root_file={vehicle.root_file}",
        f"updates.slots_folder={vehicle.folder}",
    ]

    def started(*more: str) -> VigilSettings:
        def load(below: dict[str, Any] | None) -> VigilSettings:
            return load_settings(None, [*own, *more], below=below)

        return load(signed_below(load))

    assert started().service.stop_within_s == 5.0
    assert "settings 1 hold from the next start" in vehicle.update()
    assert started().service.stop_within_s == 7.5
    assert started("service.stop_within_s=2").service.stop_within_s == 2.0
    assert "settings" not in vehicle.update()
    words = ["show", *(word for one in own for word in ("--set", one))]
    shown = CliRunner().invoke(config_app, words).output
    assert "  stop_within_s: 7.5\n" in shown
    assert "# service.stop_within_s: 7.5 was signed by the fleet; 5.0 without." in shown
    above = CliRunner().invoke(config_app, [*words, "--set", "service.stop_within_s=2"]).output
    assert "  stop_within_s: 2.0\n" in above and "signed by the fleet" not in above
    (vehicle.folder / "signed-settings.yaml").write_text("service: {stop_within_s: -1}\n")
    assert started().service.stop_within_s == 5.0


def test_disk_that_takes_no_signed_settings_is_one_sentence(fleet: Fleet, vehicle: Vehicle) -> None:
    file = fleet.folder / "fleet.yaml"
    file.write_text("service: {stop_within_s: 7.5}\n")
    publish(fleet.repository, fleet.keys, "stable", bundle=None, settings=file, now=today())
    (vehicle.folder / "signed-settings.yaml" / "x").mkdir(parents=True)
    with pytest.raises(UpdateError, match="signed settings cannot be kept") as caught:
        vehicle.update()
    assert caught.value.why is Why.DISK


def test_settings_that_are_not_the_fleets_to_say_are_not_signed(fleet: Fleet) -> None:
    file = fleet.folder / "fleet.yaml"
    file.write_text("telemetry: {publish_impairment: true}\n")
    with pytest.raises(UserError, match="nothing else"):
        publish(fleet.repository, fleet.keys, "stable", bundle=None, settings=file, now=today())


def test_version_never_changes_its_content(fleet: Fleet) -> None:
    from tests.bundle.bundles import write_bundle

    write_bundle(fleet.folder / "bundles" / "1.0.0", version="1.0.0", created="2026-11-21")
    with pytest.raises(UserError, match="a version never changes"):
        fleet.publish("1.0.0")
