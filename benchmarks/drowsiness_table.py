"""Rows of drives into figures, and figures into Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.drowsiness_drives import Row
from driver_simulator.suite.rates import rank_correlation, upper_bound_per_h

Summary = dict[str, Any]

_SLEEPY_FROM = 8


def summary(rows: Sequence[Row]) -> Summary:
    sleepy = [row for row in rows if row.get("kind") != "attentive"]
    ways = sorted({(row["layer"], row["way"]) for row in sleepy})
    told: Summary = {
        "level": [
            {"layer": layer, "way": way, **_of_level(_chosen(sleepy, layer, way))}
            for layer, way in ways
        ]
    }
    attentive = [row for row in rows if row.get("kind") == "attentive"]
    if attentive:
        hours = sum(row["hours"] for row in attentive)
        warnings = sum(row["warnings"] for row in attentive)
        told["attentive"] = {
            "people": len(attentive),
            "hours": round(hours, 2),
            "advice": sum(row["advice"] for row in attentive),
            "warnings": warnings,
            "warnings_at_most_per_h": round(upper_bound_per_h(warnings, hours), 3),
            "head_drops": sum(row["head_drops"] for row in attentive),
        }
    return told


def _chosen(rows: Sequence[Row], layer: str, way: str) -> list[Row]:
    return [
        row
        for row in rows
        if row["layer"] == layer and row["way"] == way and row["mean_level"] is not None
    ]


def _of_level(rows: Sequence[Row]) -> Summary:
    people = sorted({row["person"] for row in rows})
    single = [_rho([row for row in rows if row["person"] == person]) for person in people]
    levels = sorted({row["kss"] for row in rows})
    nods = sum(row["nods"] for row in rows)
    return {
        "people": len(people),
        "drives": len(rows),
        "rank_correlation": round(_rho(rows), 3),
        "one_person": [round(min(single), 3), round(max(single), 3)],
        "probability_auc": _auc(rows),
        "nods": nods,
        "nods_found": sum(row["nods_found"] for row in rows),
        "head_drops": sum(row["head_drops"] for row in rows),
        "by_kss": [_of_kss(kss, [row for row in rows if row["kss"] == kss]) for kss in levels],
    }


def _of_kss(kss: int, rows: Sequence[Row]) -> Summary:
    return {
        "kss": kss,
        "level": _mean(rows, "mean_level"),
        "probability": _mean(rows, "mean_probability"),
        "confidence": _mean(rows, "mean_confidence"),
        "drives_advised": sum(row["advice"] + row["warnings"] > 0 for row in rows),
        "drives_warned": sum(row["warnings"] > 0 for row in rows),
        "drives": len(rows),
    }


def _rho(rows: Sequence[Row]) -> float:
    return rank_correlation([row["kss"] for row in rows], [row["mean_level"] for row in rows])


def _auc(rows: Sequence[Row]) -> float | None:
    """How well the probability tells drives at 8 and 9 from all others."""
    sleepy = [row["mean_probability"] for row in rows if row["kss"] >= _SLEEPY_FROM]
    others = [row["mean_probability"] for row in rows if row["kss"] < _SLEEPY_FROM]
    if not sleepy or not others:
        return None
    won = sum((a > b) + 0.5 * (a == b) for a in sleepy for b in others)
    return round(float(won) / (len(sleepy) * len(others)), 3)


def _mean(rows: Sequence[Row], name: str) -> float:
    return round(float(sum(row[name] for row in rows)) / len(rows), 3)


def markdown(told: Summary, machine: dict[str, object]) -> str:
    lines = [
        f"Measured {str(machine['date'])[:10]} at commit `{machine['git_commit']}`, {machine['cores']} cores, "
        f"{machine['system']}.",
        "",
        "| layer | driver | people | drives | rank correlation with scripted KSS | one person | AUC of the "
        "probability, KSS ≥ 8 |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in told["level"]:
        low, high = one["one_person"]
        lines.append(
            f"| {one['layer']} | {one['way']} | {one['people']} | {one['drives']} | {one['rank_correlation']:.3f} | "
            f"{low:.2f} to {high:.2f} | {one['probability_auc']} |"
        )
    lines += ["", "| layer | driver | KSS | level | probability | confidence | advised | warned |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for one in told["level"]:
        for at in one["by_kss"]:
            lines.append(
                f"| {one['layer']} | {one['way']} | {at['kss']} | {at['level']:.2f} | {at['probability']:.2f} | "
                f"{at['confidence']:.2f} | {at['drives_advised']} of {at['drives']} | "
                f"{at['drives_warned']} of {at['drives']} |"
            )
    lines += [
        "",
        "| layer | driver | nods in the script | found | head drops told |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one['layer']} | {one['way']} | {one['nods']} | {one['nods_found']} | {one['head_drops']} |"
        for one in told["level"]
    ]
    if "attentive" in told:
        one = told["attentive"]
        lines += [
            "",
            f"Attentive drives as signals, {one['hours']:g} h, {one['people']} people at KSS 1 to 3: "
            f"{one['warnings']} warnings of drowsiness (at most {one['warnings_at_most_per_h']:g} an hour, 95 %), "
            f"{one['advice']} times advice, {one['head_drops']} head drops.",
        ]
    return "\n".join(lines) + "\n"
