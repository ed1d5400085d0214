"""What carries the camera of a clip: a hand, wheels, legs; with numbers alone, so that commands can list them."""

from dataclasses import dataclass

STILL = "still"


@dataclass(frozen=True)
class Carrier:
    """What carries the camera.

    Attributes:
        height: lowest and highest of the camera [m].
        way: length of its way ahead [m]; 0 stays in its place.
        speed: on average over a move [m/s].
        steers: True where the camera looks along the way, but for its pan.
        pan, tilt: largest turn [rad].
        cadence: steps a second; 0 has no steps.
        bob: rise of the camera in a step, and half its sway to the side [m].
        rock: turn of the camera in a step [rad].
        tremor: standard deviation of the shake's turns about each axis [rad].
        jolt: the same that comes with full speed [rad].
    """

    height: tuple
    way: float
    speed: float
    steers: bool
    pan: float
    tilt: float
    cadence: float
    bob: float
    rock: float
    tremor: float
    jolt: float


CARRIERS = {
    "handheld": Carrier((1.35, 1.65), 1.0, 0.5, False, 0.3, 0.09, 1.8, 0.025, 0.012, 0.006, 0.006),
    "drive": Carrier((0.5, 1.3), 1.8, 0.6, True, 0.3, 0.05, 0.0, 0.0, 0.0, 0.0008, 0.004),
    "walk": Carrier((0.5, 1.2), 1.8, 0.6, True, 0.25, 0.05, 2.2, 0.03, 0.03, 0.002, 0.006),
}
CAMERAS = (STILL, *CARRIERS)
