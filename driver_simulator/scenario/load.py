"""From a file, or the name of a scenario that comes with Vigil, to a checked `Scenario`.

Every mistake is a sentence with file, line, key, value and what is allowed, as for the program's own settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from driver_simulator.scenario.person import ASTRONAUT
from driver_simulator.scenario.scenario import Scenario
from edge_app.configuration.document import ConfigurationDocument, ConfigurationError
from edge_app.configuration.load import read_layers, validated
from edge_app.configuration.sentences import origin_of
from edge_app.errors import UserError

SHIPPED = Path(__file__).parent.parent / "scenarios"


def load_scenario(file_or_name: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """The scenario of a file, or else of that name among the shipped; `key.path=value` overrides go on top.

    The portrait's path is returned absolute. Raises `ConfigurationError` (mistakes inside) or `UserError` (no file).
    """
    path = _file_of(file_or_name)
    document = read_layers(path, overrides)
    scenario = validated(Scenario, document)
    if scenario.person.portrait == ASTRONAUT:
        return scenario
    portrait = _portrait_path(scenario.person.portrait, path, document)
    person = scenario.person.model_copy(update={"portrait": str(portrait)})
    return scenario.model_copy(update={"person": person})


def shipped_names() -> list[str]:
    """The scenarios that come with Vigil."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def _file_of(file_or_name: str | Path) -> Path:
    path, name = Path(file_or_name).expanduser(), str(file_or_name)
    names = shipped_names()
    if path.is_file() or (path.exists() and name not in names):
        return path
    if name in names:
        return SHIPPED / f"{name}.yaml"
    near = get_close_matches(name, names, n=1)
    hint = (
        f"did you mean `{near[0]}`?" if near else "`vigil simulate --list` shows those there are."
    )
    raise UserError(
        f"{name}: there is no such scenario file, and no scenario of that name comes with Vigil; {hint}"
    )


def _portrait_path(written: str, scenario_file: Path, document: ConfigurationDocument) -> Path:
    """A path in the file counts from the file's folder, one on the command line from where the user is."""
    origin = origin_of(("person", "portrait"), document)
    folder = Path() if origin.line is None else scenario_file.parent
    path = (folder / Path(written).expanduser()).absolute()
    if not path.is_file():
        raise ConfigurationError(
            [
                f"{origin.place}: person.portrait is {written} but must be `{ASTRONAUT}`"
                " or the path of a photograph; there is no such file."
            ]
        )
    return path
