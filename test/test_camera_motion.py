"""Moving cameras of clips: they keep to their way, the world stands still in their poses, pictures are smeared."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.cli.synth import main  # noqa: E402
from mocap_ros.datasets.clips import ClipFrames  # noqa: E402
from mocap_ros.datasets.evaluation_sequence import LabelledFrame  # noqa: E402
from mocap_ros.datatypes.errors import SkeletonError  # noqa: E402
from mocap_ros.geometry.ground_plane import ground_below  # noqa: E402
from mocap_ros.geometry.rigid import apply, inverse  # noqa: E402
from mocap_ros.synthesis.camera_motion import BEND, MovingCamera, START, smear_px  # noqa: E402
from mocap_ros.synthesis.carriers import CARRIERS  # noqa: E402
from mocap_ros.synthesis.scene import view_toward  # noqa: E402
from mocap_ros.synthesis.sensor import smeared  # noqa: E402

VIEW = view_toward(640, 360, 353.0, [0, 0, 1.5], -0.14)


@pytest.fixture(scope="module")
def clips(doll, tmp_path_factory):
    """ClipFrames of the same people seen by a still camera, a driving one and a driving one with a rolling shutter."""
    folder = tmp_path_factory.mktemp("moving")
    words = ["clip", "--assets", str(doll), "--seconds", "0.6", "--people", "3", "--seed", "3", "--label-step", "5"]
    more = {"still": [], "drive": ["--camera", "drive"], "rolling": ["--camera", "drive", "--readout", "20"]}
    for name, extra in more.items():
        assert main([*words, *extra, "--out", str(folder / f"{name}.mp4")]) == 0
    return {name: ClipFrames(folder / f"{name}.mp4") for name in more}


@pytest.mark.parametrize("name", CARRIERS)
def test_a_carried_camera_keeps_to_its_way_and_never_jumps(name):
    carrier = CARRIERS[name]
    camera = MovingCamera(VIEW, carrier, 20.0, np.random.default_rng(5))
    views = [camera.at(time) for time in np.arange(0, 20, 0.04)]
    eyes = np.stack([view.eye for view in views])
    assert np.abs(eyes[:, 0]).max() < BEND + 0.1 and (np.abs(eyes[:, 2] - camera.height) < 0.1).all()  # m
    assert eyes[:, 1].min() > START - 0.1 and eyes[:, 1].max() < START + carrier.way + 0.1
    assert np.ptp(eyes[:, 1]) > 0.5 * carrier.way
    assert np.linalg.norm(np.diff(eyes, axis=0), axis=1).max() < 0.04 * 4 * carrier.speed  # m in 40 ms
    turns = [np.arccos(np.clip((np.trace(b.rotation @ a.rotation.T) - 1) / 2, -1, 1)) for a, b in zip(views, views[1:])]
    assert 0.002 < max(turns) < 0.12  # rad in 40 ms: at most 3 rad/s


def test_the_world_stands_still_in_the_poses_of_a_moving_camera(clips):
    still, drive = clips["still"], clips["drive"]
    places = np.stack([frame.world_from_camera[:3, 3] for frame in drive])
    assert np.linalg.norm(np.ptp(places, axis=0)) > 0.005 and len(drive) == len(still) == 3  # m, it does move
    for first, second in zip(still, drive):
        world = [apply(frame.world_from_camera, frame.joints_camera) for frame in (first, second)]
        assert np.abs(world[0] - world[1]).max() < 0.003  # m: joints are rounded to mm, poses to 10 um and 1e-6
        assert np.abs(first.joints_camera - second.joints_camera).max() > 0.3  # m, the cameras stand apart


def test_rows_exposed_later_see_the_same_world_within_what_moves_meanwhile(clips):
    for first, second in zip(clips["drive"], clips["rolling"]):
        world = [apply(frame.world_from_camera, frame.joints_camera) for frame in (first, second)]
        assert np.abs(world[0] - world[1]).max() < 0.15  # m: half of 20 ms of walking, and of turning at 6 m
        assert np.abs(first.world_from_camera - second.world_from_camera).max() == 0  # that of the middle row


def test_every_frames_pose_tells_its_floor(clips):
    still = clips["still"]
    floor = ground_below(inverse(still[0].world_from_camera))
    assert np.abs(floor.up - still.floor.up).max() < 1e-6 and abs(floor.height - still.floor.height) < 1e-6
    assert clips["drive"].floor is None
    for frame in clips["drive"]:
        lowest = ground_below(inverse(frame.world_from_camera)).elevation(frame.joints_camera).min(1)
        assert (lowest > -0.05).all() and lowest.min() < 0.25  # m: toes and ankles are near the floor


def test_a_pose_of_another_shape_is_refused():
    with pytest.raises(SkeletonError, match="world_from_camera of shape"):
        LabelledFrame(0, 0.0, None, np.zeros((0, 20, 2)), np.zeros((0, 20)), world_from_camera=np.eye(3))


def test_a_smeared_point_is_a_line_around_its_place():
    picture = np.zeros((41, 41, 3), np.float32)
    picture[20, 20] = 1
    way = np.array([6.0, -2.5])
    line = smeared(picture, way)[..., 0]
    rows, columns = np.mgrid[:41, :41] - 20
    assert line.sum() == pytest.approx(1, abs=1e-4)
    assert abs((line * columns).sum()) < 0.01 and abs((line * rows).sum()) < 0.01  # px, its middle stays
    along = (columns * way[0] + rows * way[1]) / np.linalg.norm(way)
    spread = (line * along**2).sum() - np.linalg.norm(way) ** 2 / 12  # px^2 beyond the variance of a line
    assert 0 <= spread < 0.3  # its points are laid between pixels, 1/6 on average
    assert (smeared(picture, np.zeros(2)) == picture).all()


def test_a_camera_that_turns_right_smears_to_the_left():
    right = view_toward(640, 360, 353.0, [0, 0, 1.5], -0.14, yaw=-0.01)
    across, down = smear_px(VIEW, right, 4.0)
    assert across == pytest.approx(-353 * 0.01, rel=0.02) and abs(down) < 0.05  # px; cosine of the pitch
