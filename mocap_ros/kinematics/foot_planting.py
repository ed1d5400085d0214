"""Planted feet: a foot that the data say stands still neither slides nor sinks (thesis Sec. 9.1.4; the method is ours).

Ankle and toe of each foot are contacts, so that a heel may rise over a standing toe. A contact lands where it has
slowed down and gets an anchor in the camera frame, which the fit holds it to. While it stands, the anchor averages
where the data say that it is, so that it hardly moves after a moment, yet is not wrong for ever. The hold loosens
smoothly as the data leave the anchor, and ends. All of this is for a camera at rest or one whose motion is known
(seen_from): another that moves fast sees no foot that stands still, one that creeps is held back by DRIFT at most. With
a known floor an anchor is where the line of sight meets it, and no foot goes below it.
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import JOINTS
from mocap_ros.geometry.ground_plane import meet_ground
from mocap_ros.geometry.rigid import apply
from mocap_ros.kinematics import residuals
from mocap_ros.kinematics.chain import POINTS
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT, TOE_HEIGHT

CONTACTS = ("r_ankle", "r_toe", "l_ankle", "l_toe")
CONTACT_JOINTS = np.array([JOINTS.index(name) for name in CONTACTS])  # (4,)
CONTACT_POINTS = np.array([POINTS.index(name) for name in CONTACTS])
_KEYPOINTS = np.array([POINTS.index(name[0] + "_ankle") for name in CONTACTS])  # a toe moves in the image as its ankle
REST_ELEVATIONS = np.array(2 * [ANKLE_HEIGHT, TOE_HEIGHT])  # of height

# Every bound is a constant and a multiple of the spread of the 3D prediction about the fit [m]: noise wants patience.
SMOOTHING = 0.02, 1.5  # s, s/m; over which a contact's place and speed are averaged
LANDING, LIFTING = (0.2, 8.0), (0.3, 10.0)  # m/s, 1/s; slower lands, faster lifts off
REACH = 0.05, 4.0  # m; distance from the anchor at which the hold has gone
DRIFT = 0.04, 2.0  # m; averaged distance from the anchor at which a contact leaves it
FIRST_SPREAD, SPREAD_SMOOTHING = 0.02, 1.0  # m, s
DEPTH_SHARE = 0.6  # of a distance along the optical axis, which one camera hardly sees
ROOT_SMOOTHING = 0.4  # s over which the root's depth and its speed are averaged
OFFSET_SMOOTHING = 0.2  # s of averaging where the keypoints want the root, lest one bad image lifts all feet
FIRST_LOOK = 0.8  # s for which somebody is watched before a foot may land: speeds are not known before
BARRED = 0.6  # s before a contact lands again that drifted off slowly: the whole body glides, or the camera
HEAD_START, MEMORY = 0.3, 1.5  # s of averaging that a new anchor counts for, and that any counts for at most
PATIENCE = 0.4  # s that a contact still stands while it is not seen
FLOOR_REACH = 0.15  # m; a contact that stands farther from the floor stands on something else
CONFIDENT = 0.3  # least confidence of a contact that lands or stays
_SHARES = np.array([1.0, 1.0, DEPTH_SHARE])


class Feet(NamedTuple):
    """What is remembered of P people's four contacts.

    Attributes:
        anchor: where each stands in the camera frame [m], (P, 4, 3).
        age: for how long [s], (P, 4); 0 where it does not stand.
        blind: for how long it has not been seen [s], (P, 4).
        barred: for how long it may not land [s], (P, 4).
        place, speed: where the data say that it is [m] and how it moves [m/s], averaged, (P, 4, 3); place is NaN at
            first. Along the optical axis both are of the contact as seen from the root.
        spread: of the 3D prediction about the fit, averaged [m], (P,).
        watched: for how long the person has been seen [s], (P,).
        root_depth, root_speed: where the keypoints alone want the root along that axis [m] and its speed [m/s],
            averaged for longer, (P,).
        offset: from the fitted root to where the keypoints alone want it [m], averaged, (P, 3).
    """

    anchor: np.ndarray
    age: np.ndarray
    blind: np.ndarray
    barred: np.ndarray
    place: np.ndarray
    speed: np.ndarray
    spread: np.ndarray
    watched: np.ndarray
    root_depth: np.ndarray
    root_speed: np.ndarray
    offset: np.ndarray


class Holds(NamedTuple):
    """What the fit keeps to in one frame.

    Attributes:
        anchors: [m], (P, 4, 3).
        weights: (P, 4); 0 where a contact is free.
        floor: GroundPlane, or None.
        lowest: elevations below which the contacts must not go [m], (P, 4).
        weight: of the floor.
    """

    anchors: np.ndarray
    weights: np.ndarray
    floor: object
    lowest: np.ndarray
    weight: float

    def take(self, rows):
        """The holds of some people."""
        return self._replace(anchors=self.anchors[rows], weights=self.weights[rows], lowest=self.lowest[rows])

    def without(self, people):
        """The holds with those of some people (a mask) let go."""
        return self._replace(weights=np.where(people[:, None], 0, self.weights))

    def terms(self, points, derivatives):
        """Quadratics of the holds and of the floor; those that are zero everywhere are left out."""
        terms = []
        if self.weights.any():
            weights = self.weights[..., None]
            terms.append(residuals.held_points(points, derivatives, CONTACT_POINTS, self.anchors, weights))
        if self.floor is not None:
            depth = self.lowest - self.floor.elevation(points[:, CONTACT_POINTS])
            if (depth > 0).any():
                up = self.floor.up
                terms.append(residuals.above_floor(points, derivatives, CONTACT_POINTS, up, depth, self.weight))
        return terms


def fresh_feet(people):
    """Feet of people of whom nothing was seen."""
    return Feet(
        np.zeros((people, 4, 3)), np.zeros((people, 4)), np.zeros((people, 4)), np.zeros((people, 4)),
        np.full((people, 4, 3), np.nan), np.zeros((people, 4, 3)), np.full(people, FIRST_SPREAD), np.zeros(people),
        np.full(people, np.nan), np.zeros(people), np.zeros((people, 3)),
    )


def forgotten(feet, rows):
    """Feet with those of some people as if nothing had been seen of them."""
    if not len(rows):
        return feet
    fresh = fresh_feet(len(rows))
    kept = Feet(*(each.copy() for each in feet))
    for old, new in zip(kept, fresh):
        old[rows] = new
    return kept


def scaled(feet, ratio):
    """Feet of people who are larger, and farther away, by `ratio` (P,) than was thought."""
    row, column = ratio[:, None], ratio[:, None, None]
    return feet._replace(
        anchor=feet.anchor * column, place=feet.place * column, speed=feet.speed * column,
        root_depth=feet.root_depth * ratio, root_speed=feet.root_speed * ratio, offset=feet.offset * row,
    )


def seen_from(feet, root, velocity, now_from_last):
    """Feet as a camera sees them that has moved since the last frame.

    Args:
        feet: Feet in the last frame's camera frame.
        root, velocity: of the people in it [m, m/s], (P, 3).
        now_from_last: this frame's camera frame from the last one's, (4, 4).
    """
    turn = now_from_last[:3, :3].T
    root, velocity = root.copy(), velocity.copy()
    root[:, 2], velocity[:, 2] = feet.root_depth, feet.root_speed
    place, speed = feet.place.copy(), feet.speed.copy()
    place[..., 2] += feet.root_depth[:, None]
    speed[..., 2] += feet.root_speed[:, None]
    place, speed = apply(now_from_last, place), speed @ turn
    root_depth, root_speed = apply(now_from_last, root)[:, 2], (velocity @ turn)[:, 2]
    place[..., 2] -= root_depth[:, None]
    speed[..., 2] -= root_speed[:, None]
    return feet._replace(
        anchor=apply(now_from_last, feet.anchor), place=place, speed=speed, root_depth=root_depth,
        root_speed=root_speed, offset=feet.offset @ turn,
    )


def measured_contacts(root, targets):
    """Where one frame's data put the contacts of people whose root is at `root` (P, 3) [m], (P, 4, 3).

    Along the optical axis it is what the 3D prediction says, across it the mean of that and of the ankle's line of
    sight, where that is seen.
    """
    joints = root[:, None] + targets.joints
    place = joints[:, CONTACT_JOINTS]
    ankle = joints[:, CONTACT_JOINTS[[0, 0, 2, 2]]]
    seen = (targets.weights_2d[:, _KEYPOINTS] > 0)[..., None]
    sight = targets.keypoints[:, _KEYPOINTS] / targets.focal * ankle[..., 2:]
    place[..., :2] += np.where(seen, 0.5 * (sight - ankle[..., :2]), 0)
    return place


def holds_of(feet, expected_root, targets, confident, height, floor, weight):
    """Holds for one frame, looser the farther this frame's data are from the anchors.

    Args:
        feet: Feet of the last frame.
        expected_root: where the roots are expected [m], (P, 3).
        targets: energy.Targets of this frame.
        confident: which contacts were seen well enough, (P, 4) bool.
        height: standing heights [m], (P,).
        floor: GroundPlane, or None.
        weight: of a hold, per squared metre.
    """
    measured = measured_contacts(expected_root + feet.offset, targets)
    away = _length((measured - feet.anchor) * _SHARES) / _bound(REACH, feet.spread)
    loose = np.maximum(1 - away * away, 0) ** 2
    weights = weight * (feet.age > 0) * np.where(confident, loose, 1)
    return Holds(feet.anchor, weights, floor, height[:, None] * REST_ELEVATIONS, weight)


def _bound(bound, spread):
    """A bound (constant, per spread) for every person, (P, 1)."""
    return (bound[0] + bound[1] * spread)[:, None]


def step(feet, points, root_offset, spread, targets, confident, height, floor, elapsed):
    """Feet after one frame's fit.

    Args:
        feet: Feet before.
        points: fitted, POINTS order [m], (P, N, 3).
        root_offset: from the fitted root to where the keypoints alone want it [m], (P, 3).
        spread: of the 3D prediction about the fit, per coordinate [m], (P,); NaN where there is none.
        targets, confident, height, floor: as in holds_of.
        elapsed: since the last frame [s], (P, 1).
    """
    fitted = points[:, CONTACT_POINTS]
    root = points[:, POINTS.index("pelvis")]
    sighted = targets.weights_2d.any(1)
    share = -np.expm1(-elapsed / OFFSET_SMOOTHING) * sighted[:, None]
    root_offset = feet.offset + share * (root_offset - feet.offset)
    measured = measured_contacts(root + root_offset, targets)
    root_depth, root_speed = _averaged(
        feet.root_depth, feet.root_speed, root[:, 2] + root_offset[:, 2], sighted, elapsed[:, 0], ROOT_SMOOTHING
    )
    moving = measured.copy()
    moving[..., 2] = targets.joints[:, CONTACT_JOINTS, 2]
    share = -np.expm1(-elapsed[:, 0] / SPREAD_SMOOTHING) * np.isfinite(spread)
    spread = feet.spread + share * (np.where(np.isfinite(spread), spread, 0) - feet.spread)
    time = _bound(SMOOTHING, spread)[..., None]
    place, speed = _averaged(feet.place, feet.speed, moving, confident[..., None], elapsed[..., None], time)
    pace = speed.copy()
    pace[..., 2] += root_speed[:, None]
    pace = _length(pace * _SHARES)
    away = place - feet.anchor
    away[..., 2] += root_depth[:, None]
    stood = feet.age > 0
    blind = np.where(confident, 0, feet.blind + elapsed)
    drifted = confident & (_length(away * _SHARES) > _bound(DRIFT, spread))
    lifted = confident & (pace > _bound(LIFTING, spread))
    stays = stood & ~drifted & ~lifted & (blind < PATIENCE)
    barred = np.where(stood & drifted & ~lifted, BARRED, np.maximum(feet.barred - elapsed, 0))
    lands = ~stood & confident & (pace < _bound(LANDING, spread)) & (feet.watched > FIRST_LOOK)[:, None] & (barred == 0)
    gain = (elapsed / (np.minimum(feet.age, MEMORY) + HEAD_START) * confident)[..., None]
    goal = measured if floor is None else _on_floor(measured, floor, height[:, None] * REST_ELEVATIONS)
    anchor = np.where(stays[..., None], feet.anchor + gain * (goal - feet.anchor), fitted)
    age = np.where(stays | lands, feet.age + elapsed, 0)
    return Feet(anchor, age, blind, barred, place, speed, spread, feet.watched + elapsed[:, 0], root_depth, root_speed,
                root_offset)


def _averaged(place, speed, measured, seen, elapsed, time):
    """Place and speed averaged over `time` [s] after one more measurement, where it was `seen`."""
    known = np.isfinite(place)
    share = -np.expm1(-elapsed / time)
    move = np.where(known & seen, share * (measured - place), 0)
    return (
        np.where(known, place + move, np.where(seen, measured, np.nan)),
        speed + np.where(known & seen, share * (move / elapsed - speed), 0),
    )


def _on_floor(places, floor, elevations):
    """Places moved along their lines of sight to their elevation, where they are near it."""
    standing = meet_ground(places, floor, elevations)
    near = (np.abs(floor.elevation(places) - elevations) < FLOOR_REACH)[..., None]
    return np.where(near & np.isfinite(standing), standing, places)


def _length(vectors):
    return np.sqrt((vectors * vectors).sum(-1))
