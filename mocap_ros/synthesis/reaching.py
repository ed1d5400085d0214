"""A person that is being posed in the world, and how its arms reach points and go around others."""

import numpy as np

from mocap_ros.synthesis.body import bone_transforms, posed_points
from mocap_ros.synthesis.character import BAG, THING
from mocap_ros.synthesis.directions import axis_turn, frame_of, unit
from mocap_ros.synthesis.motion import S
from mocap_ros.synthesis.pose import DOWN, FEET, FOREARM, FORWARD, INDEX, Pose, UPPER_ARM, reach, world_rotations
from mocap_ros.synthesis.scene import moved, place_person
from mocap_ros.synthesis.touching import clearances

OUTER_BONES = ("lowerarm", "wrist", "metacarpal", "finger", "lowerleg", "foot", "toe")  # beyond elbow or knee
ELBOWS = 16  # places on its circle that are tried
CLEARANCES = np.array([0.03, 0.045])  # [m] of the wrist's middle from a surface that the hand lies on
# Places of an arm that are kept outside: shares of shoulder, elbow and wrist, and its thickness there [m].
ALONG = np.array([[0.6, 0.4, 0], [0.3, 0.7, 0], [0, 1, 0], [0, 0.75, 0.25], [0, 0.5, 0.5], [0, 0.25, 0.75], [0, 0, 1]])
THICKNESS = np.array([0.05, 0.05, 0.045, 0.045, 0.04, 0.035, 0.03])
LESS_LIKED = 0.002  # [m] of depth that a less liked place is worth
HIGH_ELBOW = 0.1  # [m] of depth for an elbow a metre above the shoulder
STRETCHED = 0.98  # of an arm's length, the farthest that it reaches
WRIST_BEND = 0.9  # [rad] at most
NEAREST = 12  # vertices of a surface that tell where it faces


class Body:
    """A person that is being posed: its pose can change, its pelvis stays at `place`, its lowest point on `floor`."""

    def __init__(self, wardrobe, character, look, local, heading, floor):
        self.wardrobe, self.character, self.look, self.floor = wardrobe, character, look, floor
        self.local = local.copy()
        self.local[0] = axis_turn("Z", heading) @ self.local[0]
        self.place, self._shift = np.zeros(2), np.zeros(3)
        self.parts = np.ascontiguousarray(wardrobe.skeleton.parts[character.bone_indices[:, 0]])
        self.curl = np.full(2, 0.5)
        outer = np.array([str(name).startswith(OUTER_BONES) for name in wardrobe.assets.body.bone_names])
        self.pieces = (2 * self.parts + outer[character.bone_indices[:, 0]]).astype(np.int8)
        carried = np.isin(character.slots, (BAG, THING))
        self.bare = np.ones(len(character.vertices), bool)  # vertices of the body and its clothes
        self.bare[character.triangles[carried]] = False
        rest = character.points
        self.arm = {side: sum(np.linalg.norm(rest[self._index(side, a)] - rest[self._index(side, b)])
                              for a, b in (("shoulder", "elbow"), ("elbow", "wrist"))) for side in "lr"}

    def _index(self, side, name):
        return self.wardrobe.point_index[f"{side}_{name}"]

    def _transforms(self):
        wardrobe = self.wardrobe
        pose = Pose(self.local, FEET, self.curl)
        return bone_transforms(wardrobe.skeleton, wardrobe.assets.neutral, self.character.heads, pose)

    def person(self):
        """The PlacedPerson as it stands now."""
        person = place_person(self.character, self._transforms(), self.look)
        pelvis = posed_points(self.character.points, self.wardrobe.skeleton.point_bones, person.transforms)[
            self.wardrobe.point_index["pelvis"]
        ]
        self._shift = np.array([*(self.place - pelvis[:2]), self.floor - float(person.vertices[:, 2].min())])
        return moved(person, self._shift)

    def points(self):
        """Label points in the world [m] by name; the feet as person() set them down."""
        places = posed_points(self.character.points, self.wardrobe.skeleton.point_bones, self._transforms())
        return {name: places[i] + self._shift for name, i in self.wardrobe.point_index.items()}

    def reach_around(self, side, targets, around, outward):
        """Brings a wrist to that of some points behind a trunk to which the arm comes most nearly outside it.

        Args:
            targets: on the trunk's surface [m], (T, 3), the best one first.
            around: Surface of what the arm goes around.
            outward: direction out of the trunk's surface there, (3,).
        """
        shoulder = self.points()[f"{side}_shoulder"]
        targets = np.repeat(targets, len(CLEARANCES), 0) + np.tile(CLEARANCES, len(targets))[:, None] * outward
        targets = shoulder + (targets - shoulder) * np.minimum(
            1, STRETCHED * self.arm[side] / np.linalg.norm(targets - shoulder, axis=1, keepdims=True))
        poles, elbows = elbow_circles(shoulder, targets, self.arm[side])
        lines = np.stack([np.broadcast_to(shoulder, elbows.shape), elbows,
                          np.broadcast_to(targets[:, None], elbows.shape)], 2)  # (T, E, 3, 3)
        depths = np.maximum(0, THICKNESS - clearances(np.einsum("sk,teki->tesi", ALONG, lines), around))
        cost = depths.max(-1) + 0.2 * depths.sum(-1) + LESS_LIKED * np.arange(len(targets))[:, None]
        cost += np.maximum(0, elbows[..., 2] - shoulder[2]) * HIGH_ELBOW
        best = np.unravel_index(cost.argmin(), cost.shape)
        chest = self._frames()[INDEX["chest"]]
        self.reach(side, targets[best[0]], chest.T @ poles[best] * _outward(side))
        wrist = self.points()[f"{side}_wrist"]
        self._lay_hand(side, unit(around.normals[around.tree.query(wrist, NEAREST)[1]].mean(0)))

    def _lay_hand(self, side, outward):
        """Turns a hand so that its palm lies on a surface, or as nearly as the wrist bends."""
        forearm = self._frames()[INDEX[f"{side}_forearm"]]
        along = forearm @ DOWN
        flat = along - outward * (along @ outward)
        straight = unit(flat)
        bend = np.arccos(np.clip(straight @ along, -1, 1))
        if bend > WRIST_BEND:
            straight = unit(along + (straight - along) * np.sin(WRIST_BEND) / np.sin(bend))
        thumb = np.cross(-outward, straight) if side == "l" else np.cross(straight, -outward)
        hand = frame_of(straight, thumb) @ frame_of(DOWN, FORWARD).T
        self.local[INDEX[f"{side}_hand"]] = forearm.T @ hand

    def _frames(self):
        """world_from_segment, (S, 3, 3)."""
        return world_rotations(self.local, np.tile(np.eye(3), (S, 1, 1)))

    def reach(self, side, target, pole):
        """Brings a wrist to a point of the world, or as near as the arm allows; `pole` is in reach's axes."""
        wanted = np.array(target, float)
        aim = wanted.copy()
        chest, outward = self._frames()[INDEX["chest"]], _outward(side)
        shoulder = self.points()[f"{side}_shoulder"]
        for _ in range(3):  # the body's arm is not quite the one of the formula
            reach(self.local, side, chest.T @ (aim - shoulder) / self.arm[side] * outward, pole, 0.4)
            error = wanted - self.points()[f"{side}_wrist"]
            if np.linalg.norm(error) < 0.005:
                break
            aim += error


def _outward(side):
    """What turns the chest's axes into reach's, (3,)."""
    return np.array([1 if side == "l" else -1, 1, 1])


def elbow_circles(shoulder, wrists, length):
    """Where the elbow can be: directions from the line between shoulder and wrist, and places [m], 2 x (W, E, 3).

    Args:
        shoulder: [m], (3,).
        wrists: [m], within the arm's reach, (W, 3).
        length: from shoulder to wrist, stretched [m].
    """
    line = wrists - shoulder
    away = np.linalg.norm(line, axis=1, keepdims=True)
    line = line / away
    away = np.maximum(away / length, 0.28)
    along = (UPPER_ARM**2 + away**2 - FOREARM**2) / (2 * away)
    across = np.sqrt(np.maximum(UPPER_ARM**2 - along**2, 0))
    first = np.cross(line, [0, 0, 1.0])
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(line, first)
    turns = np.arange(ELBOWS) * 2 * np.pi / ELBOWS
    poles = np.cos(turns)[:, None] * first[:, None] + np.sin(turns)[:, None] * second[:, None]
    return poles, shoulder + length * (along * line)[:, None] + length * across[:, None] * poles
