"""What a user says of a 2D model file in a small YAML: docs/front_ends.md has examples."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from mocap_ros.datatypes.errors import ConfigError, SkeletonError
from mocap_ros.front_ends.joint_names import joint_order

TOP_DOWN, ONE_STAGE = "top_down", "one_stage"
HEATMAPS, SIMCC, YOLO, YOLO_END_TO_END, BOXES = "heatmaps", "simcc", "yolo", "yolo_end_to_end", "boxes"
OUTPUT_KINDS = {TOP_DOWN: (HEATMAPS, SIMCC), ONE_STAGE: (YOLO, YOLO_END_TO_END), "people": (YOLO, BOXES)}
OUTPUT_COUNT = {HEATMAPS: (1, 1), SIMCC: (2, 2), YOLO: (1, 1), YOLO_END_TO_END: (1, 1), BOXES: (1, 2)}


@dataclass(frozen=True)
class InputDescription:
    """How an image becomes the model's input.

    Attributes:
        width, height: [px].
        layout: "nchw" or "nhwc".
        colour: "rgb" or "bgr".
        mean, deviation: per colour, in grey levels from 0 to 255; the input is (pixel - mean) / deviation.
        padding: grey level beside the image.
    """

    width: int
    height: int
    layout: str
    colour: str
    mean: tuple
    deviation: tuple
    padding: int


@dataclass(frozen=True)
class OutputDescription:
    """What the model answers.

    Attributes:
        kind: one of OUTPUT_KINDS.
        names: of the outputs, in the order that the kind asks for.
        first_cell_px: heatmaps: the input's pixel at the centre of the first cell.
        split: simcc: bins per input pixel.
        objectness: yolo: each row has an objectness before its class scores.
        person_class: yolo, boxes: number of the class person.
    """

    kind: str
    names: tuple
    first_cell_px: float
    split: float
    objectness: bool
    person_class: int


@dataclass(frozen=True)
class ModelDescription:
    """One model file.

    Attributes:
        file: pathlib.Path.
        kind: TOP_DOWN, ONE_STAGE or "people" (a person detector).
        input, output: InputDescription, OutputDescription.
        joints: names in the model's order; () for a person detector.
        box_margin: top_down: side of the region that the model sees over the person's box.
        minimum_score: people: smallest score of a box.
        people: ModelDescription of the person detector, or None.
    """

    file: Path
    kind: str
    input: InputDescription
    output: OutputDescription
    joints: tuple = ()
    box_margin: float = 1.25
    minimum_score: float = 0.4
    people: "ModelDescription | None" = None


def read_description(path):
    """ModelDescription of a YAML file; paths in it are relative to it.

    Raises:
        ConfigError: no such file, not YAML, or an entry that is unknown, missing or of a wrong value.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError(f"front_end.model = '{path}': no such file; wanted a YAML that describes the model")
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a YAML ({' '.join(str(error).split())})") from None
    try:
        return _model(Entries(content, ""), path.parent)
    except (ConfigError, SkeletonError) as error:
        raise ConfigError(f"{path}: {error}") from None


def _model(entries, folder, people=False):
    kind = "people" if people else entries.choice("kind", (TOP_DOWN, ONE_STAGE))
    file = folder / entries.take("file", str)
    description = {
        "file": file, "kind": kind, "input": _input(entries.section("input")),
        "output": _output(entries.section("output"), OUTPUT_KINDS[kind]),
    }
    if people:
        description["minimum_score"] = entries.number("minimum_score", 0.4, 0, 1)
    else:
        description["joints"] = joint_order(entries.take("joints", (str, list)))
    if kind == TOP_DOWN:
        description["box_margin"] = entries.number("box_margin", 1.25, 1, 4)
        if "people" in entries.content:
            description["people"] = _model(entries.section("people"), folder, people=True)
    entries.end()
    return ModelDescription(**description)


def _input(entries):
    made = InputDescription(
        width=entries.whole("width", None, 8, 8192), height=entries.whole("height", None, 8, 8192),
        layout=entries.choice("layout", ("nchw", "nhwc"), "nchw"),
        colour=entries.choice("colour", ("rgb", "bgr"), "rgb"),
        mean=entries.triple("mean", (0, 0, 0)), deviation=entries.triple("deviation", (255, 255, 255)),
        padding=entries.whole("padding", 114, 0, 255),
    )
    if min(made.deviation) <= 0:
        raise ConfigError(f"input.deviation = {list(made.deviation)}: all must be positive")
    entries.end()
    return made


def _output(entries, kinds):
    kind = entries.choice("kind", kinds)
    names = entries.take("names", list, [])
    low, high = OUTPUT_COUNT[kind]
    if names and not (low <= len(names) <= high and all(isinstance(name, str) for name in names)):
        raise ConfigError(f"output.names = {names!r}: kind {kind} wants {low if low == high else f'{low} or {high}'}")
    made = OutputDescription(
        kind=kind, names=tuple(names), first_cell_px=entries.number("first_cell_px", 0.0, -1000, 1000),
        split=entries.number("split", 2.0, 0.1, 100), objectness=entries.take("objectness", bool, False),
        person_class=entries.whole("person_class", 0, 0, 100000),
    )
    entries.end()
    return made


class Entries:
    """One level of a YAML, read entry by entry; what is left over at the end was misspelt."""

    def __init__(self, content, where):
        if not isinstance(content, dict):
            raise ConfigError(f"{where or 'content'} is {content!r}: wanted entries 'name: value'")
        self.content, self.where, self._read = content, where, []

    def take(self, name, kinds, default=None):
        """The value of an entry; `default` where it is missing, unless that is None."""
        self._read.append(name)
        if name not in self.content:
            if default is None:
                raise ConfigError(f"no entry '{self.where}{name}'")
            return default
        value = self.content[name]
        if not isinstance(value, kinds) or isinstance(value, bool) and kinds is not bool:
            wanted = " or ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
            raise ConfigError(f"{self.where}{name} = {value!r}: wanted {wanted}")
        return value

    def choice(self, name, choices, default=None):
        """One of `choices`."""
        value = self.take(name, str, default)
        if value not in choices:
            raise ConfigError(f"{self.where}{name} = '{value}': wanted one of {', '.join(choices)}")
        return value

    def number(self, name, default, low, high, kinds=(int, float)):
        """A number from `low` to `high`."""
        value = self.take(name, kinds, default)
        if not low <= value <= high:
            raise ConfigError(f"{self.where}{name} = {value}: wanted {low:g} to {high:g}")
        return value

    def whole(self, name, default, low, high):
        """A whole number from `low` to `high`."""
        return self.number(name, default, low, high, int)

    def triple(self, name, default):
        """Three numbers; one stands for all three."""
        value = self.take(name, (int, float, list), list(default))
        value = value if isinstance(value, list) else [value] * 3
        if len(value) != 3 or not all(isinstance(each, (int, float)) for each in value):
            raise ConfigError(f"{self.where}{name} = {value!r}: wanted three numbers")
        return tuple(float(each) for each in value)

    def section(self, name):
        """The Entries below an entry."""
        return Entries(self.take(name, dict), f"{self.where}{name}.")

    def end(self):
        """Raises ConfigError where an entry was not read."""
        unknown = [name for name in self.content if name not in self._read]
        if unknown:
            raise ConfigError(f"unknown entry '{self.where}{unknown[0]}'. Known: {', '.join(self._read)}")
