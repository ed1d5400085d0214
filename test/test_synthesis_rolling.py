"""Rolling shutters: every point is drawn and labelled where it is when its row is exposed."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.datasets.sample import SEEN  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT, KEYPOINTS  # noqa: E402
from mocap_ros.geometry.rotation import rotvec_to_matrix  # noqa: E402
from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.clip import Stage  # noqa: E402
from mocap_ros.synthesis.drawing import draw  # noqa: E402
from mocap_ros.synthesis.factory import Factory  # noqa: E402
from mocap_ros.synthesis.labels import label_people  # noqa: E402
from mocap_ros.synthesis.rolling import at_their_rows, seen_by_rows, with_rolling_shutter  # noqa: E402
from mocap_ros.synthesis.scene import Later, Scene, view_toward  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402

TURN, DRIVE = np.array([0.03, -0.05, 0.01]), np.array([0.04, -0.03, 0.0])  # rad, m: strong for half an exposure


@pytest.fixture(scope="module")
def staged(doll):
    """A Stage of walkers and the Scene of one moment."""
    assets = load_assets(doll)
    stage = Stage(Wardrobe(assets), assets.takes, 0.2, 6, 4, staging="crossings")
    people = stage.cast(0.0)[0]
    return stage, Scene(stage.view, people, tuple(stage.solids), stage.light, stage.surroundings, None, 0.0, 0.0)


def moving(view):
    return replace(view, rotation=rotvec_to_matrix(TURN) @ view.rotation, eye=view.eye + DRIVE)


def empty_scene(view, later):
    return Scene(view, (), (), None, None, None, 0.0, 0.0, Later(later, ()))


def test_a_point_is_taken_when_the_row_is_exposed_that_shows_it():
    generator = np.random.default_rng(0)
    view = view_toward(320, 200, 180.0, [0, 0, 1.4], -0.1)
    points = view.eye + generator.uniform([-2, 2, -1], [2, 8, 1], (200, 3))
    later_points = points + generator.normal(0, 0.05, points.shape)
    world, camera = at_their_rows(empty_scene(view, moving(view)), points, later_points)
    row = camera[:, 1] / camera[:, 2] * view.focal + (view.height - 1) / 2
    seen = (row >= 0) & (row <= view.height - 1)
    late = (2 * row / (view.height - 1) - 1)[seen, None]
    assert seen.sum() > 100
    assert np.abs(world[seen] - (points + late * (later_points - points))[seen]).max() < 1e-4  # m, after three rounds
    turn = [rotvec_to_matrix(share * TURN) @ view.rotation for share in late[:, 0]]  # the camera turns evenly
    exact = np.einsum("nij,nj->ni", turn, world[seen] - view.eye - late * DRIVE)
    assert np.abs(exact - camera[seen]).max() < 0.02  # m at up to 8 m: a chord instead of an arc of 3 degrees


def test_a_scene_in_which_nothing_moves_is_drawn_as_without_a_rolling_shutter(staged):
    stage, scene = staged
    still = replace(scene, later=Later(scene.view, scene.people))
    first, second = (draw(each, stage.stock, lambda name: None) for each in (scene, still))
    assert (first.triangle_ids == second.triangle_ids).mean() > 0.999  # float32 in another order on edges
    assert np.abs(first.image - second.image).mean() < 1e-3
    labels = [label_people(each, drawing, stage.wardrobe) for each, drawing in ((scene, first), (still, second))]
    assert np.abs(labels[0].keypoints_px - labels[1].keypoints_px).max() < 1e-3  # px


def test_a_turning_camera_shifts_the_last_row_of_a_far_background_by_its_turn():
    view = view_toward(200, 100, 150.0, [0, 0, 1], 0.0)
    yaw = rotvec_to_matrix(np.array([0.0, 0.04, 0.0]))
    later = replace(view, rotation=yaw @ view.rotation)
    wave = np.tile(np.sin(np.arange(200) / 9)[:, None], (100, 1, 3)).astype(np.float32)  # the same in every row
    seen = seen_by_rows(wave, empty_scene(view, later))
    assert np.abs(seen[50, 20:180] - wave[50, 20:180]).max() < 0.03  # half a row from the middle
    assert np.abs(seen[0, 100, 0] - np.sin((99.5 + 150 * np.tan(0.04 + 0.5 / 150)) / 9)) < 0.02
    assert np.abs(seen[-1, 100, 0] - np.sin((99.5 - 150 * np.tan(0.04 - 0.5 / 150)) / 9)) < 0.02


def test_labels_lie_on_what_is_drawn_of_moving_people(staged):
    stage, scene = staged
    later = Later(moving(scene.view), stage.cast(0.1)[0])
    hits, shifts = [], []
    labels = []
    for each in (scene, replace(scene, later=later)):
        labels.append(label_people(each, draw(each, stage.stock, lambda name: None), stage.wardrobe))
    trunk = [KEYPOINTS.index(f"{side}_{name}") for side in "lr" for name in ("hip", "shoulder", "knee")]
    for number in range(len(scene.people)):
        seen = labels[1].visibility[number, trunk] == SEEN
        for x, y in np.rint(labels[1].keypoints_px[number, trunk][seen]).astype(int):
            hits.append(labels[1].owners[y, x] == number + 1)
        shifts.append(np.linalg.norm(labels[1].keypoints_px[number] - labels[0].keypoints_px[number], axis=1).max())
    assert len(hits) >= 8 and np.mean(hits) > 0.9  # at a silhouette's edge the pixel may show what lies behind
    assert min(shifts) > 3  # px


def test_joints_of_pictures_with_rolling_shutter_project_to_their_keypoints(doll, monkeypatch):
    monkeypatch.setattr("mocap_ros.synthesis.factory.ROLLING_SHARE", 1.0)
    people = 0
    for picture in Factory(doll, None, seed=4).shard(0, 6):
        joints = picture.labels.joints_camera[:, JOINT_OF_KEYPOINT] @ picture.matrix.T
        ahead = (JOINT_OF_KEYPOINT >= 0) & (joints[..., 2] > 0.2)
        error = np.abs(joints[..., :2] / joints[..., 2:] - picture.labels.keypoints_px)[ahead]
        people += len(joints)
        assert error.size == 0 or error.max() < 0.05  # px; labels are float32
    assert people > 3


def test_limbs_of_a_person_in_a_rolling_shutter_stay_joined(staged):
    stage, scene = staged
    skeleton = stage.wardrobe.skeleton
    moved = with_rolling_shutter(scene, skeleton, np.random.default_rng(1))
    for person, after in zip(scene.people, moved.later.people):
        assert (person.vertices != after.vertices).any()
        for bone, parent in enumerate(skeleton.parents):
            if parent < 0:
                continue
            head = person.character.heads[bone]
            own, carried = (after.transforms[each, :, :3] @ head + after.transforms[each, :, 3]
                            for each in (bone, parent))
            assert np.abs(own - carried).max() < 1e-4  # m, float32 transforms
