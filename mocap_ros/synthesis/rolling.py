"""Rolling shutters: rows exposed one after the other while the camera and the people move.

Between the middle and the last row everything moves evenly, and before the middle one backward by as much.
"""

from dataclasses import replace

import cv2
import numpy as np

from mocap_ros.geometry.rotation import matrix_to_rotvec, rotvec_to_matrix
from mocap_ros.synthesis.body import skin
from mocap_ros.synthesis.scene import Later

ROUNDS = 3  # a point's row moves its time, and its time its row, by less in each
NEAREST = 0.05  # [m] points nearer to the camera count as there
READOUT = 0.008, 0.033  # [s] from the first to the last row
TURNING = np.array([0.35, 0.8, 0.2])  # [rad/s] standard deviation of a robot's or hand's turn: pitch, yaw, roll
DRIVING = 0.7  # [m/s] standard deviation of the camera's velocity along each axis of the floor
WALKING = 1.0  # [m/s] the same of a person's
SWINGING = {"upperarm01": 3.0, "lowerarm01": 4.0, "upperleg01": 1.5, "lowerleg01": 2.0}  # bone: rate, st. dev. [rad/s]


def at_their_rows(scene, points, later_points):
    """World points, each when its row is exposed, and the same in the camera's frame of that time [m], 2 x (N, 3).

    Args:
        scene: Scene with `later`.
        points: when the middle row is exposed [m], (N, 3).
        later_points: when the last one is, (N, 3).
    """
    view = scene.view
    camera = view.to_camera(points)
    change, late = scene.later.view.to_camera(later_points) - camera, np.zeros((len(points), 1))
    for _ in range(ROUNDS):
        moved = camera + late * change
        row = moved[:, 1:2] / np.maximum(moved[:, 2:], NEAREST) * view.focal  # from the middle one
        late = np.clip(row / ((view.height - 1) / 2), -1, 1)
    return points + late * (later_points - points), camera + late * change


def cameras_of_rows(scene):
    """camera_from_world and the camera's place when each row is exposed, (h, 3, 3) and (h, 3) [m]."""
    view = scene.view
    if scene.later is None:
        return np.tile(view.rotation, (view.height, 1, 1)), np.tile(view.eye, (view.height, 1))
    late, after = np.linspace(-1, 1, view.height)[:, None], scene.later.view
    turn = matrix_to_rotvec(after.rotation @ view.rotation.T)
    return rotvec_to_matrix(late * turn) @ view.rotation, view.eye + late * (after.eye - view.eye)


def seen_by_rows(photograph, scene):
    """A far background (h, w, 3), as the Scene's view sees it, seen by the camera of every row."""
    view = scene.view
    rotations, _ = cameras_of_rows(scene)
    middle = np.array([(view.width - 1) / 2, (view.height - 1) / 2])
    x, y = np.arange(view.width) - middle[0], np.arange(view.height) - middle[1]
    turns = (rotations @ view.rotation.T).transpose(2, 1, 0)[..., None].astype(np.float32)  # (3, 3, h, 1)
    x, y = np.float32(x / view.focal), np.float32(y / view.focal)[:, None]
    across, down, ahead = (turn[0] * x + (turn[1] * y + turn[2]) for turn in turns)
    scale = np.float32(view.focal) / ahead
    columns, rows = across * scale + np.float32(middle[0]), down * scale + np.float32(middle[1])
    return cv2.remap(photograph, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def with_rolling_shutter(scene, skeleton, generator):
    """The Scene seen by a camera that drives and turns while its rows are exposed, its people moving at random.

    Args:
        scene: Scene without `later`.
        skeleton: body.Skeleton of the people.
    """
    half = generator.uniform(*READOUT) / 2
    turn = rotvec_to_matrix(generator.normal(0, half * TURNING))
    drive = np.append(generator.normal(0, half * DRIVING, 2), 0.0)
    view = replace(scene.view, rotation=turn @ scene.view.rotation, eye=scene.view.eye + drive)
    people = tuple(_moving(person, skeleton, half, generator) for person in scene.people)
    return replace(scene, later=Later(view, people))


def _moving(person, skeleton, seconds, generator):
    """The person after some time of walking anywhere and swinging its limbs."""
    transforms = person.transforms.astype(float)
    transforms[:, :2, 3] += generator.normal(0, seconds * WALKING, 2)
    for name, bone, carried in skeleton.limbs:
        turn = rotvec_to_matrix(generator.normal(0, seconds * SWINGING[name], 3))
        head = transforms[bone, :, :3] @ person.character.heads[bone] + transforms[bone, :, 3]
        transforms[carried, :, :3] = turn @ transforms[carried, :, :3]
        transforms[carried, :, 3] = (transforms[carried, :, 3] - head) @ turn.T + head
    transforms, vertices = transforms.astype(np.float32), np.empty_like(person.vertices)
    body = person.character
    skin(body.vertices, body.bone_indices, body.bone_weights, transforms, vertices)
    return replace(person, transforms=transforms, vertices=vertices)
