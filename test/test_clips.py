"""Rendered clips: their labels read back as they were written, and people walk as they were staged."""

import json

import numpy as np
import pytest

pytest.importorskip("numba")  # the renderer's compiler

from mocap_ros.datasets.clips import evaluation_sequences  # noqa: E402
from mocap_ros.datasets.sample import OUTSIDE  # noqa: E402
from mocap_ros.datatypes.errors import ImageError, SkeletonError  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINTS  # noqa: E402
from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.character import BOTTOM, SKIN, TOP  # noqa: E402
from mocap_ros.synthesis.choreography import walking_loops  # noqa: E402
from mocap_ros.synthesis.clip import Stage  # noqa: E402
from mocap_ros.synthesis.clip_files import write_clip  # noqa: E402
from mocap_ros.synthesis.performance import Walker, Way  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402
from synthesis_scenes import write_doll  # noqa: E402

HALF_WIDTH = 0.9


@pytest.fixture(scope="module")
def assets(tmp_path_factory):
    path = tmp_path_factory.mktemp("doll") / "doll.npz"
    write_doll(path)
    return load_assets(path)


@pytest.fixture(scope="module")
def clip(assets, tmp_path_factory):
    """Path of a clip of three people in the same clothes, every second image labelled, and the Frames written."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    stage = Stage(Wardrobe(assets), assets.takes, 0.2, 3, 4, staging="crossings", same_clothes=True)
    frames = list(stage.frames(0.2))
    write_clip(path, stage, frames, label_step=2)
    return path, frames, stage


def test_labels_read_back_as_they_were_drawn(clip):
    path, written, _ = clip
    sequence, = evaluation_sequences(path)
    assert (sequence.name, sequence.rate, len(sequence.frames)) == ("clip", 25.0, 3)
    for row, frame in enumerate(sequence.frames):
        labels = written[2 * row].labels
        assert frame.number == 2 * row and frame.time == pytest.approx(written[2 * row].time)
        assert np.abs(frame.keypoints_px - labels.keypoints_px).max() <= 0.051  # px, written to a tenth
        assert np.abs(frame.joints_camera - labels.joints_camera).max() <= 0.00051  # m, written in mm
        assert (frame.keypoint_visibility == labels.visibility).all() and list(frame.person_ids) == [0, 1, 2]
        image = frame.read_image()
        assert np.abs(image.astype(int) - written[2 * row].image).mean() < 8  # grey levels, the video's compression


def test_masks_and_angles_read_back_as_they_were_drawn(clip):
    path, written, _ = clip
    sequence, = evaluation_sequences(path)
    for row in (2, 0, 1, -1):
        frame, labels = sequence.frames[row], written[2 * (row % 3)].labels
        assert np.array_equal(frame.read_owners(), labels.owners) and labels.owners.max() > 0  # PNG loses nothing
        turn = np.abs(frame.angles - labels.angles)
        assert np.minimum(turn, 2 * np.pi - turn).max() <= 0.00051  # rad, written in mrad
        assert np.abs(frame.root_rotations - labels.root_rotations).max() < 1e-4  # quaternions have five digits


def test_clips_from_before_masks_and_angles_are_read_without_them(clip, tmp_path):
    content = json.loads(clip[0].with_suffix(".json").read_text())
    path = tmp_path / "old.mp4"
    path.write_bytes(clip[0].read_bytes())
    for name in ("owner_offsets", "angle_names", "angles_mrad", "root_quaternions", "readout"):
        del content[name]
    path.with_suffix(".json").write_text(json.dumps(content))
    frame = evaluation_sequences(path)[0].frames[1]
    assert frame.read_owners is None and np.isnan(frame.angles).all() and np.isnan(frame.root_rotations).all()
    assert np.array_equal(frame.joints_camera, evaluation_sequences(clip[0])[0].frames[1].joints_camera)


def test_a_clip_whose_mask_file_is_lost_says_so(clip, tmp_path):
    path = tmp_path / "moved.mp4"
    path.write_bytes(clip[0].read_bytes())
    path.with_suffix(".json").write_text(clip[0].with_suffix(".json").read_text())
    with pytest.raises(ImageError, match="moved.owners.bin"):
        evaluation_sequences(path)[0].frames[0].read_owners()


def test_images_read_in_any_order_are_the_same(clip):
    sequence, = evaluation_sequences(clip[0].parent)
    forward = [frame.read_image() for frame in sequence.frames]
    for row in (2, 0, 1):
        assert (sequence.frames[row].read_image() == forward[row]).all()


def test_clips_without_keypoints_have_those_that_are_joints(clip, tmp_path):
    content = json.loads(clip[0].with_suffix(".json").read_text())
    path = tmp_path / "old.mp4"
    path.write_bytes(clip[0].read_bytes())
    for name in ("keypoint_names", "keypoints_px", "keypoint_visibility"):
        del content[name]
    path.with_suffix(".json").write_text(json.dumps(content))
    old, new = (evaluation_sequences(each)[0].frames[0] for each in (path, clip[0]))
    known = np.isfinite(old.keypoints_px).all(-1)
    assert known.sum(1).tolist() == [15] * 3 and (old.keypoint_visibility[~known] == OUTSIDE).all()
    assert np.abs(old.keypoints_px - new.keypoints_px)[known].max() < 0.5  # px, joints are rounded to mm


def test_what_is_no_clip_is_refused_by_name(clip, tmp_path):
    with pytest.raises(ImageError, match="no rendered clip"):
        evaluation_sequences(tmp_path)
    path = tmp_path / "a.mp4"
    path.write_bytes(b"")
    path.with_suffix(".json").write_text("{}")
    with pytest.raises(ImageError, match="a.json: not the labels of a clip"):
        evaluation_sequences(path)
    content = json.loads(clip[0].with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps({**content, "joint_names": JOINTS[::-1]}))
    with pytest.raises(SkeletonError, match="wanted head_top"):
        evaluation_sequences(path)


def test_the_same_clothes_are_worn_by_everybody_and_skins_stay_their_own(clip):
    looks = [actor.look for actor in clip[2].actors]
    for slot in (TOP, BOTTOM):
        assert len({int(look.texture[slot]) for look in looks}) == 1
        assert np.ptp([look.tint[slot] for look in looks], axis=0).max() == 0
    assert len({int(look.texture[SKIN]) for look in looks}) > 1


@pytest.mark.parametrize("people", [2, 8])
def test_people_cross_within_the_picture_and_never_each_other(people):
    loops = walking_loops("crossings", people, HALF_WIDTH, np.random.default_rng(0))
    corners = np.stack(loops)
    assert (np.abs(corners[..., 0]) < HALF_WIDTH * corners[..., 1]).all()
    spans = np.sort(np.stack([corners[..., 1].min(1), corners[..., 1].max(1)], -1), axis=0)
    assert (spans[1:, 0] > spans[:-1, 1]).all()  # no lane reaches into the next


def test_people_of_exits_leave_the_picture():
    loops = walking_loops("exits", 6, HALF_WIDTH, np.random.default_rng(0))
    for number, corners in enumerate(loops):
        outside = np.abs(corners[:, 0]) > HALF_WIDTH * corners[:, 1].mean() + 0.5  # m
        assert outside.sum() == (2 if number % 2 else 4)


def test_who_leaves_is_seen_again():
    generator = np.random.default_rng(1)
    for corners in walking_loops("exits", 4, HALF_WIDTH, generator):
        way = Walker(Way(corners), 1.7, 1.2, generator).way
        places = way.place(np.linspace(0, way.length, 200))
        assert 0.2 < (np.abs(places[:, 0]) < HALF_WIDTH * places[:, 1]).mean() < 0.9  # share of the way
