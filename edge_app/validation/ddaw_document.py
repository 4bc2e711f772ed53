"""The drowsiness report as plain numbers, for programs."""

from __future__ import annotations

from typing import Any

from edge_app.validation.ddaw_conditions import condition_table, delays, missed
from edge_app.validation.ddaw_records import DdawRecords
from edge_app.validation.ddaw_result import DdawResult, Sensitivity

REGULATION = "Commission Delegated Regulation (EU) 2021/1341, Annex I"


def ddaw_document(records: DdawRecords, result: DdawResult) -> dict[str, Any]:
    """The same as plain numbers."""
    return {
        "regulation": REGULATION,
        "conformance_claimed": False,
        "simulated": records.study.simulated,
        "study": records.study.model_dump(mode="json"),
        "sensitivity": {
            name: None if found is None else _numbers(found)
            for name, found in (
                ("all", result.all_counted),
                ("without_developers", result.without_developers),
                ("strict", result.strict),
            )
        },
        "limits": result.limits,
        "checks": result.checks,
        "participants": [
            {
                "name": p.name,
                "developer": p.developer,
                "tests": p.tests,
                "true_positives": p.true_positives,
                "false_negatives": p.false_negatives,
                "false_positives": p.false_positives,
                "outliers": p.outliers,
                "sensitivity": p.sensitivity,
                "strict_sensitivity": p.strict_sensitivity,
                "left_out": p.left_out,
            }
            for p in result.people
        ],
        "conditions": condition_table(records.tests),
        "delays": [
            {
                "drive": d.test.drive.name,
                "first_rated_s": d.first_rated_s,
                "delay_s": d.delay_s,
                "followed_s": d.followed_s,
            }
            for d in delays(records.tests)
        ],
        "missed": [
            {
                "drive": m.test.drive.name,
                "participant": m.test.drive.participant.name,
                "t_s": m.event.t_s,
                "ratings": [rating.kss for rating in m.event.ratings],
                "clause": m.event.clause,
                "highest_level": m.highest_level,
                "look": m.pointer,
            }
            for m in missed(records.tests)
        ],
    }


def _numbers(found: Sensitivity) -> dict[str, float | None]:
    return {
        "participants": found.participants,
        "mean": found.mean,
        "standard_deviation": found.standard_deviation,
        "population_bound": found.population_bound,
        "mean_bound": found.mean_bound,
    }
