"""The regression gate: limits on signed statistics that a systematic fault breaks and a weak network does not."""

from typing import NamedTuple


class Limit(NamedTuple):
    """Allowed range of one signed statistic, and what is wrong outside it."""

    name: str
    low: float
    high: float
    fault: str


def _limits(offset, sides, correlation, size, distance):
    """Limits from the tolerance on each kind of statistic."""
    return (
        Limit("offset_x_px", -offset, offset, "keypoints lie to one side: pixel centres or letterbox"),
        Limit("offset_y_px", -offset, offset, "keypoints lie too high or low: pixel centres or letterbox"),
        Limit("sides_2d", sides, 100.0, "left and right are exchanged in 2D"),
        Limit("sides_3d", sides, 100.0, "left and right are exchanged in 3D, or an axis is flipped"),
        Limit("correlation_x", correlation, 1.0, "the x axis is flipped or mixed with another"),
        Limit("correlation_y", correlation, 1.0, "the y axis is flipped or mixed with another"),
        Limit("correlation_z", correlation, 1.0, "depth is flipped or mixed with another axis"),
        Limit("size_ratio", 1 / size, size, "skeletons have the wrong size: a unit is wrong"),
        Limit("distance_ratio", 1 / distance, distance, "people stand at the wrong distance: a unit is wrong"),
    )


# For networks that answer exactly (test/standing_model.py): what is left is the decoding's interpolation.
EXACT = _limits(offset=0.25, sides=99.0, correlation=0.98, size=1.05, distance=1.1)
# For trained networks of any strength: a network that has learned anything keeps them.
TRAINED = _limits(offset=1.0, sides=75.0, correlation=0.3, size=1.3, distance=1.4)


def broken_limits(statistics, limits=TRAINED):
    """One line for each limit that signed statistics break; a statistic that is missing breaks its limit.

    Args:
        statistics: dict that signed_statistics gave.
        limits: EXACT, TRAINED or others like them.
    """
    lines = []
    for name, low, high, fault in limits:
        value = statistics.get(name)
        if value is None or not low <= value <= high:
            shown = "nothing" if value is None else f"{value:.3g}"
            lines.append(f"{name} is {shown}, wanted {low:.3g} to {high:.3g}: {fault}")
    return lines
