"""Every evaluation reader gives back what a tiny set, written in the published files, was made from."""

import pickle

import numpy as np
import pytest

import published_sets as published

from mocap_ros.datasets import coco, human36m, lsp, mpi_inf_3dhp, mpii, mupots, panoptic, threedpw
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, OUTSIDE, SEEN, UNKNOWN
from mocap_ros.datatypes.errors import CameraError, ImageError
from mocap_ros.datatypes.skeleton import COCO_17, JOINTS, KEYPOINTS, MPII_16
from mocap_ros.datasets.fitted_camera import fit_camera
from mocap_ros.geometry.pinhole import project

BODY = [name for name in KEYPOINTS if name in JOINTS]


def at(name):
    return KEYPOINTS.index(name)


READERS = {
    "mpi_inf_3dhp": (published.mpi_inf_3dhp_test, mpi_inf_3dhp.evaluation_sequences),
    "mupots": (published.mupots, mupots.evaluation_sequences),
    "human36m": (published.human36m, lambda root: human36m.evaluation_sequences(root, step=1)),
    "panoptic": (published.panoptic, panoptic.evaluation_sequences),
    "threedpw": (published.threedpw, threedpw.evaluation_sequences),
    "mpii": (published.mpii, mpii.evaluation_sequences),
    "lsp": (published.lsp, lsp.evaluation_sequences),
    "coco": (published.coco, coco.evaluation_sequences),
}
IN_3D = ("mpi_inf_3dhp", "mupots", "human36m", "panoptic", "threedpw")
# Which of the frames that were written the first one read is.
FIRST = {"lsp": 2}


@pytest.fixture(scope="module", params=READERS)
def opened(request, tmp_path_factory):
    write, read = READERS[request.param]
    truth = write(tmp_path_factory.mktemp(request.param))
    return request.param, truth, read(truth.root)


def test_keypoints_are_where_they_were_in_our_pixels(opened):
    """Pixel conventions: each set's origin is undone, to 0.01 px (single precision in some files)."""
    name, truth, sequences = opened
    sample, frame = truth.samples[FIRST.get(name, 0)], sequences[0].frames[0]
    for keypoint in BODY:
        found = frame.keypoints_px[:len(sample), at(keypoint)]
        if not np.isfinite(found).all():
            assert keypoint not in sequences[0].annotated
            continue
        expected = sample.keypoints_px[:, at(keypoint)]
        if keypoint in ("neck", "pelvis") and name in ("coco", "lsp"):
            part = "shoulder" if keypoint == "neck" else "hip"
            expected = sample.keypoints_px[:, [at(f"l_{part}"), at(f"r_{part}")]].mean(1)
        np.testing.assert_allclose(found, expected, atol=0.01, err_msg=keypoint)


@pytest.mark.parametrize("name", IN_3D)
def test_joints_are_metres_in_the_camera_frame_and_project_onto_the_keypoints(name, tmp_path):
    write, read = READERS[name]
    truth = write(tmp_path)
    sequence = read(truth.root)[0]
    for sample, frame in zip(truth.samples, sequence.frames):
        people = slice(0, len(frame))
        for joint in sequence.annotated:
            found = frame.joints_camera[:, JOINTS.index(joint)]
            expected = sample.joints_camera[people, JOINTS.index(joint)]
            # Single precision centimetres or millimetres at 5 m.
            np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=joint)
            if joint in KEYPOINTS:
                np.testing.assert_allclose(project(found, sequence.camera), frame.keypoints_px[:, at(joint)], atol=0.02)


def test_frames_travel_to_other_processes_without_their_images(opened):
    _, _, sequences = opened
    again = pickle.loads(pickle.dumps(sequences))
    frame = again[0].frames[0]
    np.testing.assert_array_equal(frame.read_image(), sequences[0].frames[0].read_image())
    assert len(pickle.dumps(frame)) < 20_000  # bytes; an image of these has 147,456


def test_images_are_read_as_they_were_written(opened):
    name, truth, sequences = opened
    image = sequences[0].frames[0].read_image()
    assert image.shape == (published.HEIGHT, published.WIDTH, 3)
    if name in ("human36m", "panoptic"):  # videos of plain frames: the right one must come, whatever the order
        frames = sequences[0].frames
        levels = [frames[n].read_image().mean() for n in (1, 0, 1)]
        step = {"human36m": (90, 30, 90), "panoptic": (120, 40, 120)}[name]
        np.testing.assert_allclose(levels, step, atol=4)  # grey levels, through a lossy codec


@pytest.mark.parametrize("name", READERS)
def test_a_missing_file_is_named_with_its_source(name, tmp_path):
    _, read = READERS[name]
    with pytest.raises(ImageError, match=rf"{tmp_path}.*missing\. It is part of .*, from http"):
        tuple(read(tmp_path))


@pytest.mark.parametrize("name, file", [
    ("mpi_inf_3dhp", "mpi_inf_3dhp_test_set/TS1/annot_data.mat"),
    ("mupots", "MultiPersonTestSet/TS1/occlusion.mat"),
    ("human36m", "S9/MyPoseFeatures/D2_Positions/Directions 1.54138969.cdf"),
    ("panoptic", "160422_tiny/calibration_160422_tiny.json"),
    ("threedpw", "sequenceFiles/test/tiny_test.pkl"),
    ("mpii", "mpii_human_pose_v1_u12_1.mat"),
    ("lsp", "joints.mat"),
    ("coco", "annotations/person_keypoints_val2017.json"),
])
def test_a_damaged_file_is_named(name, file, tmp_path):
    write, read = READERS[name]
    truth = write(tmp_path)
    (tmp_path / file).write_bytes(b"\x80\x02not what it should be")
    with pytest.raises(ImageError, match=file.split("/")[-1].replace(".", r"\.")):
        tuple(read(truth.root))


def test_mpi_inf_3dhp_has_activities_universal_joints_and_invalid_frames(tmp_path):
    truth = published.mpi_inf_3dhp_test(tmp_path)
    first, fifth = mpi_inf_3dhp.evaluation_sequences(truth.root)
    assert (first.name, first.rate, fifth.name, fifth.rate) == ("TS1", 25.0, "TS5", 60.0)
    frames = [first.frames[n] for n in range(3)]
    assert [frame.activities for frame in frames] == [("Stand/Walk",), ("Exercise",), ("Sit on Chair",)]
    assert [bool(frame.valid[0]) for frame in frames] == [True, True, False]
    own = truth.samples[0].joints_camera[0, :17]
    np.testing.assert_allclose(frames[0].joints_universal[0, :17], own * 0.9, atol=1e-6)  # m, single precision
    assert (frames[0].keypoint_visibility[0, [at(name) for name in BODY]] == UNKNOWN).all()
    assert [frame.time for frame in frames] == pytest.approx([0, 1 / 25, 2 / 25])


def test_mupots_says_who_is_hidden_and_leaves_out_who_is_not_annotated(tmp_path):
    sequence, = mupots.evaluation_sequences(published.mupots(tmp_path).root)
    frame = sequence.frames[0]
    wrist = at("l_wrist")
    assert frame.keypoint_visibility[:, wrist].tolist() == [SEEN, HIDDEN_BY_OTHER]
    assert frame.joint_visibility[:, JOINTS.index("l_wrist")].tolist() == [SEEN, HIDDEN_BY_OTHER]
    assert frame.joint_visibility[0, JOINTS.index("l_hand")] == OUTSIDE  # the set has none
    assert [len(sequence.frames[n]) for n in range(3)] == [2, 2, 1]
    assert sequence.frames[2].person_ids.tolist() == [0]


def test_panoptic_leaves_out_missing_joints_and_sees_who_stands_in_front(tmp_path):
    truth = published.panoptic(tmp_path, extracted=True)
    frame = panoptic.evaluation_sequences(truth.root)[0].frames[1]
    assert frame.person_ids.tolist() == [7, 8]
    assert np.isnan(frame.keypoints_px[1, at("l_ear")]).all() and np.isfinite(frame.keypoints_px[0, at("l_ear")]).all()
    assert set(frame.keypoint_visibility[0]) <= {OUTSIDE, UNKNOWN}
    assert frame.read_image().mean() == pytest.approx(120, abs=2)  # from hdImgs, through JPEG


def test_a_person_behind_another_is_hidden_by_them():
    from mocap_ros.datasets.label_layout import hidden_by_others
    from training_scenes import people_sample

    behind = people_sample([(0, 0.1, 3.0), (0.05, 0.1, 4.0)])
    camera = fit_camera(behind.joints_camera, behind.joints_camera[..., :2] / behind.joints_camera[..., 2:], 10, 10)
    assert camera.matrix[0, 0] == pytest.approx(1.0)
    points = np.concatenate([behind.keypoints_px, np.ones(behind.keypoints_px.shape[:2] + (1,))], -1)
    depth = behind.joints_camera[:, JOINTS.index("pelvis"), 2:][:, None]
    points = points @ np.linalg.inv(behind.camera_matrix).T * depth
    states = hidden_by_others(points, np.full(points.shape[:2], UNKNOWN))
    assert (states[0] == UNKNOWN).all()
    assert states[1, at("pelvis")] == HIDDEN_BY_OTHER and states[1, at("neck")] == HIDDEN_BY_OTHER
    apart = points + np.array([[[-1.0, 0, 0]], [[1.0, 0, 0]]])
    assert (hidden_by_others(apart, np.full(points.shape[:2], UNKNOWN)) == UNKNOWN).all()


def test_threedpw_refuses_pickles_that_would_run_code(tmp_path):
    truth = published.threedpw(tmp_path)

    class Nasty:
        def __reduce__(self):
            return (print, ("run",))

    (tmp_path / "sequenceFiles" / "test" / "tiny_test.pkl").write_bytes(pickle.dumps(Nasty(), protocol=2))
    with pytest.raises(ImageError, match="it asks for __builtin__.print|it asks for builtins.print"):
        threedpw.evaluation_sequences(truth.root)


def test_threedpw_frames_with_a_bad_camera_pose_do_not_count(tmp_path):
    sequence, = threedpw.evaluation_sequences(published.threedpw(tmp_path).root)
    assert [sequence.frames[n].valid.tolist() for n in range(2)] == [[True, False], [True, True]]


def test_mpii_has_head_sizes_and_three_states(tmp_path):
    truth = published.mpii(tmp_path)
    frames = mpii.evaluation_sequences(truth.root)[0].frames
    assert [frame.number for frame in (frames[0], frames[1])] == [0, 8]  # every eighth labelled image
    np.testing.assert_allclose(frames[0].head_sizes_px, 0.6 * 50)  # a box of 30 x 40 px
    states = {name: frames[0].keypoint_visibility[0, at(name)] for name in ("head_top", "l_wrist", "r_knee", "nose")}
    assert states == {"head_top": UNKNOWN, "l_wrist": HIDDEN_BY_OBJECT, "r_knee": SEEN, "nose": OUTSIDE}
    # Our neck is MPII's thorax, not the point that it calls neck.
    np.testing.assert_allclose(frames[0].keypoints_px[:, at("neck")],
                               published.points_of(truth.samples[0], MPII_16)[0][:, 7], atol=1e-3)


def test_coco_people_keep_their_order_and_crowds_do_not_count(tmp_path):
    frame = coco.evaluation_sequences(published.coco(tmp_path).root)[0].frames[0]
    assert frame.number == 1 and frame.valid.tolist() == [True, True, False]
    assert frame.keypoint_visibility[0, at("l_wrist")] == HIDDEN_BY_OBJECT
    assert frame.keypoint_visibility[0, at("nose")] == OUTSIDE and frame.keypoint_visibility[1, at("nose")] == SEEN
    assert not frame.keypoint_visibility[:, at("head_top")].any() and "head_top" not in COCO_17


def test_human36m_takes_every_64th_frame_and_tells_actions_and_universal_joints(tmp_path):
    truth = published.human36m(tmp_path)
    sequence, = human36m.evaluation_sequences(truth.root, subjects=("S9",))
    assert (len(sequence.frames), sequence.rate, sequence.name) == (1, 0.0, "S9 Directions 1.54138969")
    frame = human36m.evaluation_sequences(truth.root, step=1)[0].frames[2]
    assert frame.activities == ("Directions",) and frame.time == pytest.approx(2 / 50)
    knee = JOINTS.index("r_knee")
    own = truth.samples[2].joints_camera[:, knee]
    np.testing.assert_allclose(frame.joints_universal[:, knee], own * 0.9, atol=1e-5)  # m, single precision mm
    assert np.isnan(frame.joints_camera[:, JOINTS.index("r_hand")]).all()


def test_a_camera_is_found_again_from_labels_and_too_few_are_refused():
    generator = np.random.default_rng(1)
    points = generator.uniform([-1, -1, 3], [1, 1, 6], (40, 3))
    pixels = points[:, :2] / points[:, 2:] * [1100, 1200] + [950, 560]
    camera = fit_camera(points, pixels, 1920, 1080)
    np.testing.assert_allclose(camera.matrix, [[1100, 0, 950], [0, 1200, 560], [0, 0, 1]], atol=1e-6)  # exact data
    with pytest.raises(CameraError, match="7 labelled points"):
        fit_camera(points[:7], pixels[:7], 1920, 1080)
    with pytest.raises(CameraError, match="fix no camera"):
        fit_camera(np.repeat(points[:1], 20, 0), np.repeat(pixels[:1], 20, 0), 1920, 1080)
