"""Whatever happens in whatever order: the bundle in use is whole, and what failed its trial stays out."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_app.bundle.open import open_bundle
from edge_app.updates.failures import UpdateError
from edge_app.updates.settings import TrialSettings
from edge_app.updates.slots import Slots
from tests.bundle.bundles import packed, write_bundle

VERSIONS = ("1.0.0", "2.0.0", "3.0.0")
HAPPENINGS = st.one_of(
    st.tuples(st.just("fill"), st.sampled_from(VERSIONS)),
    st.tuples(st.sampled_from(["begin", "good", "leave", "end", "power cut"]), st.just("")),
)


@pytest.fixture(scope="module")
def tars(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("tars")
    found = {}
    for version in VERSIONS:
        write_bundle(place / version, version=version)
        found[version] = packed(place / version).rename(place / f"{version}.tar")
    return found


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(HAPPENINGS, max_size=14))
def test_bundle_in_use_is_always_whole(
    tars: dict[str, Path], happenings: list[tuple[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        slots, boot, left = Slots(Path(place), TrialSettings()), 0, set[str]()
        for what, version in happenings:
            record = slots.record
            if what == "fill":
                try:
                    slots.fill(tars[version], version, version, lambda folder: None)
                    assert version not in left
                except UpdateError:
                    assert record.trial is not None or version in left
            elif what == "begin":
                slots.begin(str(boot))
            elif what == "power cut":
                boot += 1
                slots.begin(str(boot))
            elif what == "good":
                slots.note_good(60.0, 30.0)
            elif what == "end":
                slots.end_in_order()
            elif record.current is not None and record.trial is not None:
                left.add(record.slot(record.current).sha256)
                slots.leave("for a test")
            after = slots.record
            left |= {refused.sha256 for refused in after.refused if refused.program is None}
            if after.current is not None:
                slot = after.slot(after.current)
                assert slot.state == ("trial" if after.trial is not None else "good")
                bundle = open_bundle(slots.folder / after.current)
                bundle.verify_all()
                assert bundle.manifest.version == slot.title
                assert slot.sha256 not in left
