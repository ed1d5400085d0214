"""Crowded streets: people apart from each other and in the view, small ones share poses without sharing places."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT  # noqa: E402
from mocap_ros.geometry.rotation import rotvec_to_matrix  # noqa: E402
from mocap_ros.synthesis.arrangement import Spot  # noqa: E402
from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.body import posed_points  # noqa: E402
from mocap_ros.synthesis.clothing import dress  # noqa: E402
from mocap_ros.synthesis.factory import Factory  # noqa: E402
from mocap_ros.synthesis.peopling import stand_person, turned  # noqa: E402
from mocap_ros.synthesis.pose_library import draw_pose  # noqa: E402
from mocap_ros.synthesis.scene import view_toward  # noqa: E402
from mocap_ros.synthesis.setting import crop_photograph, HORIZON, horizon_row  # noqa: E402
from mocap_ros.synthesis import staging  # noqa: E402
from mocap_ros.synthesis.throng import crowd, HEIGHTS, POSES_KEPT, SharedPoses, WALKERS  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402

FOCAL, WIDTH = 500.0, 512


@pytest.mark.parametrize("seed", range(4))
def test_a_crowd_is_many_people_of_all_sizes_none_in_another(seed):
    spots, tables = crowd(30, FOCAL, WIDTH, 6.0, np.random.default_rng(seed))
    places = np.stack([spot.place for spot in spots])
    assert 15 <= len(spots) <= 36  # groups are whole; some find no room
    gaps = np.linalg.norm(places[:, None] - places, axis=-1) + 10 * np.eye(len(places))
    assert gaps.min() > 0.3  # m
    pixels = 1.7 * FOCAL / places[:, 1]
    assert pixels.min() > 0.9 * HEIGHTS[0] and pixels.max() < 200 and (pixels < 60).mean() > 0.25
    inside = np.abs(places[:, 0]) < 0.5 * WIDTH / FOCAL * places[:, 1] * 1.3
    assert inside.mean() > 0.9 and (np.diff(places[:, 1]) >= 0).all()
    for table in tables:
        assert 2 <= (np.linalg.norm(places - table.place, axis=1) < 0.8).sum()


def test_shared_poses_are_the_same_body_turned_and_moved(doll):
    assets = load_assets(doll)
    wardrobe, generator = Wardrobe(assets), np.random.default_rng(2)
    shared, bodies = SharedPoses(), []
    other = Spot(np.array([-2.0, 20.0]), 2.0, WALKERS, 0.3)
    for number in range(POSES_KEPT):
        assert shared.draw(other, generator) is None
        spot = Spot(np.array([number, 12.0]), 0.4 * number, WALKERS)
        pose = turned(draw_pose(list(assets.clips.values()), generator, WALKERS), spot.yaw)
        person, seat = stand_person(wardrobe, dress(wardrobe, generator), pose, None, spot.place, generator)
        shared.keep(spot, person, seat)
        bodies.append((spot, person))
    copy, _ = shared.draw(other, generator)
    (spot, person), = [each for each in bodies if each[1].character is copy.character]
    points = [posed_points(each.character.points, wardrobe.skeleton.point_bones, each.transforms)
              for each in (person, copy)]
    turn = rotvec_to_matrix(np.array([0, 0, other.yaw - spot.yaw]))
    expected = (points[0] - [*spot.place, 0]) @ turn.T + [*other.place, 0.3]
    assert np.abs(points[1] - expected).max() < 1e-4  # m, float32
    assert np.abs(copy.vertices.mean(0) - ((person.vertices.mean(0) - [*spot.place, 0]) @ turn.T
                                           + [*other.place, 0.3])).max() < 1e-4


def test_a_throngs_labels_are_exact(doll, monkeypatch):
    only = {name: staging.SHOTS[name] for name in ("throng", "care")}
    half = {name: staging.Shot(0.5, (8, 14) if name == "throng" else shot.people, *list(vars(shot).values())[2:])
            for name, shot in only.items()}
    monkeypatch.setattr(staging, "SHOTS", half)
    most = 0
    for picture in Factory(doll, None, seed=3).shard(0, 6):
        joints = picture.labels.joints_camera[:, JOINT_OF_KEYPOINT] @ picture.matrix.T
        ahead = (JOINT_OF_KEYPOINT >= 0) & (joints[..., 2] > 0.2)
        error = np.abs(joints[..., :2] / joints[..., 2:] - picture.labels.keypoints_px)[ahead]
        assert error.max() < 0.05  # px; labels are float32
        assert np.isfinite(picture.labels.angles).all() and picture.labels.owners.max() <= len(joints)
        most = max(most, len(joints))
    assert most >= 7


def test_a_photographs_horizon_comes_to_the_cameras():
    rows = np.linspace(0, 1, 480)[:, None, None]
    photograph = np.broadcast_to(rows * 255, (480, 640, 3)).astype(np.uint8)
    view = view_toward(512, 320, 400.0, [0, 0, 1.5], 0.05)
    ahead = view.to_camera(view.eye + np.array([0, 1000.0, 0]))
    assert horizon_row(view) == pytest.approx(ahead[1] / ahead[2] * 400 + 159.5)
    seen = []
    for seed in range(40):
        crop = crop_photograph(photograph, 512, 320, np.random.default_rng(seed), horizon_row(view))
        seen.append(np.sqrt(crop[round(horizon_row(view)), :, 0].mean()))
    assert np.mean(seen) == pytest.approx(HORIZON[0], abs=0.05) and np.std(seen) < 0.1  # share of its height
