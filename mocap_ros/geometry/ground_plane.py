"""The floor as the camera sees it (thesis Sec. 8.3.2)."""

from dataclasses import dataclass

import numpy as np

from mocap_ros.datatypes.errors import CameraError


@dataclass(frozen=True, eq=False)
class GroundPlane:
    """The floor in the camera optical frame: points X on it fulfil up @ X = -height.

    Attributes:
        up: unit vector away from the floor, (3,).
        height: of the camera above the floor [m], positive.

    Raises:
        CameraError: `up` without a direction, or a camera that is not above the floor.
    """

    up: np.ndarray
    height: float

    def __post_init__(self):
        up = np.array(self.up, float)
        length = np.linalg.norm(up)
        if up.shape != (3,) or not np.isfinite(length) or length < 1e-9:
            raise CameraError(f"floor normal {self.up}: wanted three numbers that give a direction")
        if not (np.isfinite(self.height) and self.height > 0):
            raise CameraError(f"camera {self.height:g} m above the floor: wanted a positive height")
        up /= length
        up.setflags(write=False)
        object.__setattr__(self, "up", up)

    @property
    def tilt(self):
        """How far the optical axis points below the horizon [rad]."""
        return float(np.arcsin(np.clip(-self.up[2], -1, 1)))

    @property
    def roll(self):
        """How far the camera is turned clockwise about its optical axis, seen from behind [rad]."""
        return float(np.arctan2(-self.up[0], -self.up[1]))

    def elevation(self, points_camera):
        """Height of points (..., 3) above the floor [m], (...)."""
        return points_camera @ self.up + self.height


def level_ground(height, tilt, roll=0.0):
    """The floor under a camera at `height` [m] whose axis points `tilt` below the horizon and which is rolled [rad]."""
    return GroundPlane(np.array([-np.sin(roll) * np.cos(tilt), -np.cos(roll) * np.cos(tilt), -np.sin(tilt)]), height)


def ground_of_settings(camera):
    """The floor that the settings of a camera tell, None where its height is not known.

    Args:
        camera: CameraConfig.
    """
    if camera.ground_height <= 0:
        return None
    return level_ground(camera.ground_height, camera.ground_tilt, camera.ground_roll)


def ground_below(camera_from_base):
    """The floor z = 0 of a frame that stands on it, such as a robot's base, as the camera sees it.

    Args:
        camera_from_base: (4, 4); z of the base frame points up (REP-103, REP-105).
    """
    up = camera_from_base[:3, 2]
    return GroundPlane(up, float(-up @ camera_from_base[:3, 3]))


def ground_through(points_camera):
    """The floor that fits three or more points best in the least-squares sense.

    Args:
        points_camera: points on the floor in the camera optical frame [m], (N, 3).

    Raises:
        CameraError: fewer than three points, or points on one line.
    """
    points = np.asarray(points_camera, float)
    if len(points) < 3 or not np.isfinite(points).all():
        raise CameraError(f"{len(points)} floor points: wanted at least three finite ones")
    centre = points.mean(0)
    _, spread, directions = np.linalg.svd(points - centre, full_matrices=False)
    if spread[1] < 1e-6 * max(spread[0], 1e-12):
        raise CameraError("the floor points lie on one line: wanted three that span the floor")
    up = directions[2] * -np.sign(directions[2] @ centre)
    return GroundPlane(up, float(-up @ centre))


def meet_ground(rays, plane, elevation=0.0):
    """Where view rays meet the plane `elevation` [m] above the floor.

    Args:
        rays: directions from the camera, (..., 3).
        plane: GroundPlane.
        elevation: (...) or one number.

    Returns:
        Points in the camera optical frame [m], (..., 3); NaN where the ray does not come down to the plane.
    """
    fall = -(rays @ plane.up)
    drop = plane.height - np.asarray(elevation, float)
    meets = (fall > 1e-9) & (drop > 0)
    return rays * np.where(meets, drop / np.where(meets, fall, 1), np.nan)[..., None]
