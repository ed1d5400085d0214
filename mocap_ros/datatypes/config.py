"""Every default of the run time, once. The YAML, the ROS parameters and the command line are made from these classes.

Values are bool, int, float or str only, so that each can be a ROS parameter. An empty string means "not given".
"""

from dataclasses import dataclass, field, fields, replace

from mocap_ros.datatypes.errors import ConfigError


def setting(default, unit, meaning, low=None, high=None, choices=(), fixed=False):
    """A dataclass field with its unit, meaning and allowed values.

    Args:
        default: bool, int, float or str.
        unit: "m", "s", "px", "" ...
        meaning: one sentence for a user.
        low, high: inclusive bounds of a number; None for no bound.
        choices: allowed strings; empty for any.
        fixed: True where a change needs a restart of the node.
    """
    details = {"unit": unit, "meaning": meaning, "low": low, "high": high, "choices": choices, "fixed": fixed}
    return field(default=default, metadata=details)


@dataclass(frozen=True)
class EstimatorConfig:
    """Stage I and II: which networks, on what."""

    weights: str = setting("small", "", "name of the shipped weights, or the path of a folder that holds a model",
                           fixed=True)
    lift: str = setting("lift-2d", "", "shipped model, or the path of a folder with stage_two.onnx, that lifts people "
                                       "of a 2D front end, and helps Stage II", fixed=True)
    mean_with_lift: bool = setting(True, "", "take the mean of Stage II's poses and those of `lift`, for people who "
                                             "are seen nearly whole; false for Stage II alone", fixed=True)
    refiner: str = setting("refine-person", "", "shipped model, or the path of a folder with refiner.onnx, that looks "
                                                "at each person whom our own front end found once more, in a crop of "
                                                "the image, and puts keypoints and pose right; empty for none",
                           fixed=True)
    refined_people: int = setting(4, "people", "most people an image who are put right, the largest first; each takes "
                                               "one and a half milliseconds of two cores", 0, 256)
    device: str = setting("auto", "", "where the networks run", choices=("auto", "cpu", "cuda", "tensorrt"),
                          fixed=True)
    precision: str = setting("auto", "", "arithmetic of Stage I: auto takes fp16 on a GPU and fp32 on a CPU; int8 "
                                         "needs `mocap quantize`", choices=("auto", "fp32", "fp16", "bf16", "int8"),
                            fixed=True)
    resolution: float = setting(1.0, "", "scale of the network's input; 2 finds people half the size and takes four "
                                         "times as long", 0.25, 4.0)
    several_resolutions: bool = setting(False, "", "look at every image at three resolutions around `resolution` and "
                                                   "merge what is found: more of near and far people, in five times "
                                                   "the time; `mocap detect` does unless told otherwise")
    near_look: bool = setting(False, "", "look at every image at half the `resolution` too and merge what is found: "
                                         "more of the people within some 1.5 m of the camera, in a third more time; "
                                         "nothing more where several_resolutions is set")
    closer_looks: int = setting(0, "people", "most people an image who are looked at again, the largest first, each "
                                             "in a crop of its own that shows them as large as the network knows "
                                             "best; whom one look alone sees is dropped", 0, 256)
    boxes: str = setting("box-people", "", "shipped model, or the path of a folder with boxes.onnx, that says where "
                                           "people are whose keypoints make no person, for box_looks and "
                                           "refined_boxes; empty for none", fixed=True)
    box_looks: int = setting(0, "boxes", "most boxes an image that nobody fills and that are looked into, the surest "
                                         "first: finds more people and puts others right; each takes as long as a "
                                         "closer look", 0, 256)
    refined_boxes: int = setting(0, "boxes", "most boxes an image that nobody fills, after box_looks too, and into "
                                             "which the refiner looks, the surest first: finds more people; each takes "
                                             "a twelfth of xnect-small's Stage I, and to find them an eighth", 0, 256)
    threads: int = setting(0, "", "threads of the CPU engine; 0 uses every core", 0, 256, fixed=True)
    single_person: bool = setting(False, "", "follow one person in a crop instead of looking for everybody in the "
                                             "whole image", fixed=True)


@dataclass(frozen=True)
class FrontEndConfig:
    """Who finds the people's keypoints, and what is taken of another detector than ours (Sec. 6.1: any will do)."""

    kind: str = setting("xnect", "", "2D detector: xnect (our own weights), blazepose (of an installed mediapipe) or "
                                     "onnx (a model file of yours)", choices=("xnect", "blazepose", "onnx"), fixed=True)
    model: str = setting("", "", "kind onnx: path of the YAML that describes the model (docs/front_ends.md)",
                         fixed=True)
    detection_interval: int = setting(5, "images", "images over which one search for new people is spread; those known "
                                                   "are followed in every image", 1, 1000)
    search_scales: int = setting(3, "", "blazepose: 1 searches the whole image, 2 also squares of its shorter side, 3 "
                                        "also squares of 0.6 of it, where smaller people are found", 1, 3)
    minimum_confidence: float = setting(0.3, "", "smallest confidence of a keypoint of another detector than ours; "
                                                 "below it counts as not seen", 0.0, 1.0)
    minimum_score: float = setting(0.3, "", "smallest score of a person of another detector than ours", 0.0, 1.0)


@dataclass(frozen=True)
class DecodingConfig:
    """From Stage I's maps to people (thesis Sec. 6.3.1; Cao et al. 2017)."""

    peak_threshold: float = setting(0.12, "", "smallest heatmap value of a keypoint", 0.01, 0.99)
    limb_threshold: float = setting(0.2, "", "smallest agreement of a part affinity sample with its limb", 0.0, 0.99)
    limb_fraction: float = setting(0.7, "", "share of a limb's samples that must agree", 0.1, 1.0)
    minimum_keypoints: int = setting(4, "", "fewest keypoints of a person", 2, 20)
    minimum_score: float = setting(0.3, "", "smallest mean confidence of a person", 0.0, 1.0)
    maximum_people: int = setting(32, "", "most people in one image; the best are kept", 1, 256)


@dataclass(frozen=True)
class TrackingConfig:
    """Identity over time (Sec. 8.3.1)."""

    maximum_distance: float = setting(1.0, "", "gate on the weighted dissimilarity of a detection and a track",
                                      0.0, 10.0)
    weight_2d: float = setting(0.4, "", "weight of 2D distance over its gate", 0.0, 10.0)
    weight_lost: float = setting(0.1, "", "weight of the logarithm by which that gate has grown", 0.0, 10.0)
    weight_3d: float = setting(0.5, "1/m", "weight of the mean distance of root-relative joints", 0.0, 10.0)
    weight_appearance: float = setting(0.4, "", "weight of looks, from 0 if they agree to 1 if not", 0.0, 10.0)
    gate_2d: float = setting(0.2, "", "largest 2D distance, in person sizes, from the predicted place of somebody just "
                             "seen", 0.0, 10.0)
    gate_2d_growth: float = setting(1.0, "1/s", "growth of that gate while the person is not seen", 0.0, 100.0)
    gate_3d: float = setting(0.6, "m", "largest mean distance of root-relative joints from somebody just seen",
                             0.0, 10.0)
    gate_scale: float = setting(1.7, "", "largest ratio of sizes in the image", 1.0, 100.0)
    gate_appearance: float = setting(4.0, "", "most that looks may speak against somebody: logarithm of a likelihood "
                                     "ratio", 0.0, 100.0)
    bridge: float = setting(1.0, "s", "how long a lost person is looked for at the predicted place; later only by "
                            "looks", 0.0, 60.0)
    memory: float = setting(30.0, "s", "how long a lost person keeps the id", 0.1, 3600.0)
    reidentify: float = setting(-2.0, "", "least evidence of looks and place, as that logarithm, at which somebody who "
                                "returns is known again", -100.0, 100.0)
    reidentify_margin: float = setting(2.0, "", "lead over everybody else who is lost at which this needs no waiting",
                                       0.0, 100.0)
    exchange_margin: float = setting(4.0, "", "by how much more looks must speak for somebody else before an id is "
                                     "taken away", 0.0, 100.0)
    shown_while_lost: float = setting(0.2, "s", "how long a lost person is still published as occluded", 0.0, 60.0)
    frames_to_confirm: int = setting(2, "frames", "frames in a row before a new person is published and gets an id", 1,
                                     100)
    certainty_to_confirm: float = setting(0.9, "", "mean confidence of the keypoints, summed over those images, it "
                                          "also takes: false alarms have few, faint ones", 0.0, 100.0)
    histogram_refresh: float = setting(30.0, "s", "age at which the colour histograms are taken anew", 0.1, 3600.0)


@dataclass(frozen=True)
class FilterConfig:
    """One-euro filters before and after the fit (Sec. 8.2.1; Casiez et al. 2012)."""

    minimum_cutoff_2d: float = setting(1.7, "Hz", "2D keypoints: cutoff at rest", 0.01, 1000.0)
    beta_2d: float = setting(0.06, "", "2D keypoints: growth of the cutoff with speed", 0.0, 1000.0)
    minimum_cutoff_3d: float = setting(2.0, "Hz", "3D joints: cutoff at rest", 0.01, 1000.0)
    beta_3d: float = setting(0.03, "", "3D joints: growth of the cutoff with speed", 0.0, 1000.0)
    minimum_cutoff_result: float = setting(4.0, "Hz", "fitted joints: cutoff at rest", 0.01, 1000.0)
    beta_result: float = setting(0.03, "", "fitted joints: growth of the cutoff with speed", 0.0, 1000.0)


@dataclass(frozen=True)
class FittingConfig:
    """Kinematic fitting (Sec. 8.3.3, Eq. 8.3)."""

    weight_3d: float = setting(0.9, "", "w3D: agreement with the 3D prediction", 0.0, 1e6)
    weight_2d: float = setting(1e-5, "", "w2D: agreement with the 2D keypoints, per squared pixel", 0.0, 1e6)
    weight_limits: float = setting(0.5, "", "wlim: joint angles inside their limits", 0.0, 1e6)
    weight_temporal: float = setting(1e-7, "", "wtemp: constant rate of the parameters", 0.0, 1e6)
    weight_depth: float = setting(8e-6, "", "wdepth: root depth does not jump", 0.0, 1e6)
    weight_still: float = setting(3e-4, "", "angles hold still where the data say little, such as the twist of a "
                                  "straight arm", 0.0, 1e6)
    weight_feet: float = setting(10.0, "1/m^2", "feet that stand stay where they are and do not sink; 0 lets them "
                                 "slide", 0.0, 1e6)
    energy: str = setting("xnect", "", "xnect: the weights above (Eq. 8.3); vnect: the four below (Eq. 8.1)",
                          choices=("xnect", "vnect"))
    vnect_kinematics: float = setting(1.0, "", "wIK: agreement with the 3D prediction [mm^2]", 0.0, 1e6)
    vnect_projection: float = setting(44.0, "", "wproj: agreement with the 2D keypoints, per squared pixel of a person "
                                                "300 px high", 0.0, 1e6)
    vnect_smoothness: float = setting(0.07, "", "wsmooth: acceleration of the joints [mm/frame^2] at 30 frames/s",
                                      0.0, 1e6)
    vnect_depth: float = setting(0.11, "", "wdepth: speed of the joints along the optical axis [mm/frame]", 0.0, 1e6)
    solver: str = setting("levenberg_marquardt", "", "how the energy is minimised; gradient_descent wants about 100 "
                          "steps", choices=("levenberg_marquardt", "gradient_descent"))
    iterations: int = setting(8, "", "solver steps a frame", 1, 1000)
    assumed_height: float = setting(1.7, "m", "standing height of a person whose height is not known", 0.5, 2.5)
    known_height: float = setting(0.0, "m", "standing height of everybody, where it is known; 0: measured on a known "
                                  "floor, else assumed", 0.0, 2.5)
    bone_length_frames: int = setting(15, "frames", "confident frames whose bone lengths are averaged", 1, 1000)


@dataclass(frozen=True)
class CameraConfig:
    """What is known of the camera beside camera_info."""

    vertical_field_of_view: float = setting(0.9424777960769379, "rad",
                                              "assumed for an uncalibrated camera (54 degrees, Sec. 8.2.1)", 0.1, 2.8)
    ground_height: float = setting(0.0, "m", "camera's height above the floor; 0 means not known", 0.0, 100.0)
    ground_tilt: float = setting(0.0, "rad", "camera's downward tilt, used where the height is known", -1.6, 1.6)
    ground_roll: float = setting(0.0, "rad", "camera's clockwise roll seen from behind, used where the height is known",
                                 -3.2, 3.2)


@dataclass(frozen=True)
class MocapConfig:
    """All sections; a parameter's name is `section.name`."""

    estimator: EstimatorConfig = field(default_factory=EstimatorConfig)
    front_end: FrontEndConfig = field(default_factory=FrontEndConfig)
    decoding: DecodingConfig = field(default_factory=DecodingConfig)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    filters: FilterConfig = field(default_factory=FilterConfig)
    fitting: FittingConfig = field(default_factory=FittingConfig)
    camera: CameraConfig = field(default_factory=CameraConfig)


def settings_of(config):
    """(dotted name, value, details) of every setting of a MocapConfig, in order."""
    for section in fields(config):
        values = getattr(config, section.name)
        for each in fields(values):
            yield f"{section.name}.{each.name}", getattr(values, each.name), each.metadata


def with_settings(config, changes):
    """`config` with some settings replaced.

    Args:
        config: a MocapConfig.
        changes: dict of dotted name to value; an int is taken where a float is wanted, nothing else is converted.

    Raises:
        ConfigError: an unknown name, a wrong type, or a value outside its range.
    """
    known = {name: (value, details) for name, value, details in settings_of(config)}
    for name, value in changes.items():
        if name not in known:
            raise ConfigError(f"no setting '{name}'. Available: {', '.join(known)}")
        default, details = known[name]
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        check_setting(name, value, default, details)
        section, _, leaf = name.partition(".")
        config = replace(config, **{section: replace(getattr(config, section), **{leaf: value})})
    return config


def check_setting(name, value, default, details):
    """Raises ConfigError where `value` has not the type of `default` or is outside the range in `details`."""
    if type(value) is not type(default):
        raise ConfigError(f"{name} = {value!r}: wanted {type(default).__name__}, got {type(value).__name__}")
    if details["choices"] and value not in details["choices"]:
        raise ConfigError(f"{name} = {value!r}: wanted one of {', '.join(details['choices'])}")
    low, high = details["low"], details["high"]
    if isinstance(default, (int, float)) and not isinstance(default, bool):
        if not ((low is None or value >= low) and (high is None or value <= high)):
            raise ConfigError(f"{name} = {value}: wanted {low} to {high} {details['unit']}".rstrip())
