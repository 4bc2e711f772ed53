"""Which clip network a row of a table is of, and what it takes to make one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

Elca = Literal["entry", "exit"]


@dataclass(frozen=True, slots=True)
class TeacherChoice:
    """`create_teacher(name, classes=…, **options())`. Without switches it is the plain 3D Xception."""

    name: str = "xception3d"
    middle_blocks: int = 5
    elca: Elca | None = None  # after which flow
    egca: bool = False
    adversarial: bool = False
    alignment: bool = False

    def options(self) -> dict[str, Any]:
        options = asdict(self)
        del options["name"]
        return options

    @property
    def slug(self) -> str:
        switches = {"egca": self.egca, "adversarial": self.adversarial, "aligned": self.alignment}
        words = [self.name, f"{self.middle_blocks}-blocks"]
        if self.elca is not None:
            words.append(f"elca-{self.elca}")
        return "-".join([*words, *(name for name, on in switches.items() if on)])


@dataclass(frozen=True, slots=True)
class Cost:
    """What a network takes to run."""

    parameters: int
    inference_ms: tuple[float, float] | None  # of one clip: from, to; None: not timed
    how: str  # clip, batch, precision and machine


class TeacherCost(Protocol):
    """Raises `UserError` where the network cannot be made."""

    def __call__(self, teacher: TeacherChoice, /) -> Cost: ...


PLAIN = TeacherChoice()
ELCA_EXIT = TeacherChoice(elca="exit")
ELCA_ENTRY = TeacherChoice(elca="entry")
WITH_EGCA = TeacherChoice(elca="entry", egca=True)
WHOLE = TeacherChoice(elca="entry", egca=True, adversarial=True, alignment=True)
ADVERSARIAL_ONLY = TeacherChoice(adversarial=True)
WITHOUT_EGCA = TeacherChoice(elca="entry", adversarial=True, alignment=True)
