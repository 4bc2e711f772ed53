"""On whom a bundle is weaker, as a markdown table for its model card, from the document of one run."""

from __future__ import annotations

from model_compression.evaluation.report import Json
from model_compression.evaluation.subgroups import GLASSES
from model_compression.evaluation.table import BRACKETS, figure_rows, row

_SUBGROUPS = (
    GLASSES,
    "spectrum",
    "apparent skin tone",
    "pose",
    "light",
    "light from",
    "eye distance",
)
_SHOWN = {  # kind -> its chief figures
    "truth": ("uar", "auc_closed_open", "auc_closed_partly", "eyes_read"),
    "frames": ("face_found", "landmark_error", "auc"),
    "clips": ("face_found", "landmark_error"),
    "nir": ("face_found", "landmark_error"),
    "headpose": ("face_found", "yaw_error_deg", "pitch_error_deg"),
}


def subgroup_markdown(document: Json) -> str:
    """A row for each figure of each group of each set, beside the rival's, and what the groups leave out."""
    with_rival = document["rival"] is not None
    header = ["set", "by", "group", "figure", "n", "people", document["bundle"]["name"]]
    if with_rival:
        header.append(document["rival"]["name"])
    lines = [row(header), row(["---"] * len(header))]
    left_out = []
    for entry in document["sets"]:
        names = _SHOWN.get(entry["kind"], ())
        place = f"{entry['kind']} {entry['path'].rsplit('/', 1)[-1]}"
        for what in _SUBGROUPS:
            for group, figures in entry["groups"].get(what, {}).items():
                cells = figure_rows(place, figures, with_rival=with_rival, names=names)
                lines += [row([first, what, group, *others]) for first, *others in cells]
        left_out += [f"{place}: {note}" for note in entry["left_out_of_groups"] if names]
    lines += ["", BRACKETS, *(f"- {note}" for note in left_out)]
    return "\n".join(lines) + "\n"
