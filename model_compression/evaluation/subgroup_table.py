"""On whom a bundle is weaker, as a markdown table for its model card, from the document of one run."""

from __future__ import annotations

from model_compression.evaluation.report import Json

_SUBGROUPS = (
    "glasses, by the bundle's own head",
    "spectrum",
    "apparent skin tone",
    "pose",
    "light",
    "light from",
    "eye distance",
)
_SHOWN = {  # kind -> figure, and how it is told
    "truth": {"uar": "{:.3f}", "auc_closed_open": "{:.3f}", "auc_closed_partly": "{:.3f}"},
    "frames": {"face_found": "{:.2%}", "landmark_error": "{:.2%}", "auc": "{:.3f}"},
    "clips": {"face_found": "{:.2%}", "landmark_error": "{:.2%}"},
    "nir": {"face_found": "{:.2%}", "landmark_error": "{:.2%}"},
    "headpose": {"face_found": "{:.2%}", "yaw_error_deg": "{:.1f}°", "pitch_error_deg": "{:.1f}°"},
}


def subgroup_markdown(document: Json) -> str:
    """A row for each group of each set; cells of figures hold the bundle's value and, after a slash, the rival's."""
    lines = ["| set | by | group | n | figures |", "|---|---|---|---|---|"]
    for entry in document["sets"]:
        shown = _SHOWN.get(entry["kind"], {})
        for what in _SUBGROUPS:
            for group, figures in entry["groups"].get(what, {}).items():
                told = [_told(name, form, figures) for name, form in shown.items()]
                cells = "; ".join(cell for cell in told if cell)
                if cells:
                    first = next(iter(figures["intervals"].values()))
                    name = f"{entry['kind']} {entry['path'].rsplit('/', 1)[-1]}"
                    lines.append(f"| {name} | {what} | {group} | {first['n']} | {cells} |")
    return "\n".join(lines) + "\n"


def _told(name: str, form: str, figures: Json) -> str:
    value = figures["figures"].get(name)
    if value is None:
        return ""
    text = f"`{name}` {form.format(value)}"
    rival = figures["rival"]["figures"].get(name) if figures["rival"] else None
    return text if rival is None else f"{text} / {form.format(rival)}"
