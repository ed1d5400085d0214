"""lift-2d learns from posed bodies, random cameras and measured noise; a resumed run ends as an uninterrupted one."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training_scenes import standing_joints  # noqa: E402

from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datatypes.errors import ConfigError  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINT_MIRROR, JOINTS, K, KEYPOINT_MIRROR, KEYPOINTS, ROOT  # noqa: E402
from mocap_ros.geometry.rotation import rotvec_to_matrix  # noqa: E402
from mocap_ros.nets.export import export_lift  # noqa: E402
from mocap_ros.nets.lift_input import LIFT_FEATURES  # noqa: E402
from mocap_ros.nets.lift_net import LiftNet, symmetric_lift  # noqa: E402
from mocap_ros.nets.onnx_lift import OnnxLift  # noqa: E402
from mocap_ros.synthesis.labels import POINTS  # noqa: E402
from mocap_ros.training.checkpoint import load_checkpoint  # noqa: E402
from mocap_ros.training.detector_noise import FORMS, detect, in_form, measured_detectors  # noqa: E402
from mocap_ros.training.lift_poses import KINDS, OF_JOINTS, PosedBodies, stored_poses  # noqa: E402
from mocap_ros.training.lift_views import draw_views  # noqa: E402
from mocap_ros.training.measured_people import load_people  # noqa: E402
from mocap_ros.training.score_lift import score_found, score_lift  # noqa: E402
from mocap_ros.training.train_lift import (  # noqa: E402
    LiftTraining, draw_batch, example, lift_of, symmetric_inference, train_lift,
)

TINY = dict(features=32, blocks=1, poses=40, steps=6, batch=16, warmup=2, decay=2, threads=1, save_every=100,
            device="cpu", precision="fp32")
UP_FROM_CAMERA = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # y down to Z up


def standing_bodies(count, seed=1):
    """PosedBodies who stand, each leaning and shaken its own way."""
    generator = np.random.default_rng(seed)
    joints = standing_joints() @ rotvec_to_matrix(generator.normal(0, 0.3, (count, 3)))
    joints = (joints + generator.normal(0, 0.02, joints.shape)) @ UP_FROM_CAMERA.T
    points = np.zeros((count, len(POINTS), 3))
    points[:] = joints[:, JOINTS.index("head"), None]
    points[:, OF_JOINTS] = joints
    points[:, POINTS.index("nose"), 1] -= 0.1
    points[..., 2] -= points[..., 2].min(1, keepdims=True)
    return PosedBodies(points, np.arange(count) % len(KINDS), np.full(count, -1))


def standing_pose(bodies):
    """Mean joints of bodies, root-relative, y down [m], (J, 3): the best answer without looking."""
    joints = bodies.points[:, OF_JOINTS].mean(0) @ UP_FROM_CAMERA
    return joints - joints[JOINTS.index(ROOT)]


def test_resuming_is_the_same_as_never_stopping(tmp_path):
    settings, bodies = LiftTraining(**TINY), standing_bodies(40)
    whole = train_lift(settings, bodies, tmp_path / "whole").state_dict()
    train_lift(settings, bodies, tmp_path / "parts", stop=3)
    parts = train_lift(settings, bodies, tmp_path / "parts", resume=True).state_dict()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name
    with pytest.raises(ConfigError, match="--resume: batch = 17, the run was begun with 16"):
        train_lift(LiftTraining(**{**TINY, "batch": 17}), bodies, tmp_path / "parts", resume=True)


def test_a_run_may_begin_with_the_weights_of_a_smaller_one(tmp_path):
    bodies = standing_bodies(40)
    train_lift(LiftTraining(**TINY), bodies, tmp_path / "small")
    start = load_checkpoint(tmp_path / "small" / "lift.pt")
    larger = {**TINY, "blocks": 2, "steps": 1, "rate": 0.0}
    grown = train_lift(LiftTraining(**larger), bodies, tmp_path / "large", start_from=start).state_dict()
    for name, value in lift_of(start).state_dict().items():
        if name.endswith("weight"):  # a rate of 0 moves no weights, only the statistics of the batches
            assert torch.equal(grown[name], value), name
    with pytest.raises(ConfigError, match="start of 32 features and 1 blocks: wanted 48 features and at most 1 blocks"):
        train_lift(LiftTraining(**{**TINY, "features": 48}), bodies, tmp_path / "other", start_from=start)


def test_leaning_people_never_seen_are_learned(tmp_path):
    settings = LiftTraining(**{**TINY, "features": 64, "steps": 80, "batch": 64, "decay": 60, "average": 0.9,
                               "rate": 3e-3})
    model = train_lift(settings, standing_bodies(600), tmp_path)
    lift = symmetric_inference(model)
    held_out = standing_bodies(200, seed=2)
    table = score_lift(lift, held_out, detailed=False)
    mean_pose = np.broadcast_to(standing_pose(held_out), (200, len(JOINTS), 3))
    nothing_learned = score_lift(lambda rows: mean_pose[:len(rows)], held_out, detailed=False)
    # Everybody, with noise. Five thousand examples teach a small network how the body is turned, not yet its limbs.
    assert table[2].error < 0.85 * nothing_learned[2].error
    assert table[2].people > 190  # of the others too little is seen


def test_the_exported_file_answers_as_the_network(tmp_path):
    train_lift(LiftTraining(**TINY), standing_bodies(40), tmp_path)
    model = lift_of(load_checkpoint(tmp_path / "lift.pt"))
    export_lift(model, tmp_path / "stage_two.onnx", half_storage=False)
    rows = np.random.default_rng(3).normal(size=(5, LIFT_FEATURES)).astype(np.float32)
    with torch.inference_mode():
        wanted = symmetric_lift(model)(torch.from_numpy(rows)).numpy()
    found = OnnxLift(tmp_path / "stage_two.onnx").infer_rows(rows)
    np.testing.assert_allclose(found, wanted, atol=1e-5)  # m, float32 sums in another order
    assert not found[:, JOINTS.index(ROOT)].any()


def test_the_mirror_image_of_a_person_gets_the_mirror_image_of_the_pose():
    torch.manual_seed(1)
    lift = symmetric_lift(LiftNet(16, 1))
    bodies = standing_bodies(10)
    views = draw_views(bodies.points, np.random.default_rng(1))
    exact = in_form(views.plane, np.where(views.inside, 1.0, 0.0), FORMS.index("all"))
    there = example(views, exact, np.ones(10))[0]
    mirrored = exact._replace(plane=exact.plane[:, KEYPOINT_MIRROR] * [-1, 1],
                              confidence=exact.confidence[:, KEYPOINT_MIRROR])
    back = example(views, mirrored, np.ones(10))[0]
    with torch.inference_mode():
        one, other = (lift(torch.from_numpy(rows)).numpy() for rows in (there, back))
    np.testing.assert_allclose(other[:, JOINT_MIRROR] * [-1, 1, 1], one, atol=1e-5)  # m, float32


def test_a_batch_depends_on_seed_and_step_alone():
    settings, bodies, detectors = LiftTraining(**TINY), standing_bodies(40), measured_detectors()
    one, again, other = (draw_batch(bodies, detectors, load_people(), settings, step) for step in (4, 4, 5))
    np.testing.assert_array_equal(one[0], again[0])
    assert not np.array_equal(one[0], other[0])
    assert one[0].shape == (16, LIFT_FEATURES) and one[0].dtype == np.float32


def test_targets_are_what_the_camera_sees():
    views = draw_views(standing_bodies(50).points, np.random.default_rng(1))
    exact = in_form(views.plane, np.where(views.inside, 1.0, 0.0), FORMS.index("all"))
    rows, joints = example(views, exact, np.ones(50))
    # A joint along the view axis from the root has no offset from it in the rows' plane: with the neck as anchor, the
    # neck's row is zero, and the joints keep their lengths.
    neck = KEYPOINTS.index("neck")
    seen = exact.confidence[:, neck] > 0
    np.testing.assert_allclose(rows[seen][:, 2 * neck:2 * neck + 2], 0, atol=1e-6)
    lengths = np.linalg.norm(views.joints_camera - views.joints_camera[:, JOINTS.index(ROOT), None], axis=-1)
    ratio = np.linalg.norm(joints, axis=-1)[:, 1] / lengths[:, 1]
    np.testing.assert_allclose(np.linalg.norm(joints, axis=-1), lengths * ratio[:, None], atol=1e-5)


def test_people_of_whom_enough_is_seen_are_in_front_of_the_camera():
    views = draw_views(standing_bodies(300).points, np.random.default_rng(2))
    assert (views.inside.sum(1) >= 4).mean() > 0.95
    in_image = (np.abs(views.plane) < views.image[:, None]).all(-1)
    shown_whole = (views.inside & ~in_image).any(1)
    assert (views.inside == in_image)[~shown_whole].all()


@pytest.mark.parametrize("name", ["blazepose", "xnect"])
def test_drawn_errors_have_the_measured_size(name):
    noise = measured_detectors()[name]
    views = draw_views(standing_bodies(4000).points, np.random.default_rng(3))
    found = detect(views, noise, FORMS.index("all"), np.random.default_rng(4), varied=False)
    knee = KEYPOINTS.index("r_knee")
    seen = (found.confidence[:, knee] > 0) & ~views.hidden[:, knee] & views.inside[:, knee]
    error = np.linalg.norm(found.plane - views.plane, axis=-1)[seen, knee] / views.size[seen]
    usual, far, share = noise.usual[0, knee], noise.far[0, knee], noise.far_share[0, knee]
    # Root mean square of a mixture of round normal distributions, plus exchanged sides.
    wanted = np.sqrt(2 * ((1 - share) * usual ** 2 + share * far ** 2))
    assert 0.8 * wanted < np.sqrt((np.minimum(error, 1) ** 2).mean()) < 1.6 * wanted
    missed = 1 - (found.confidence > 0)[views.inside[:, knee] & ~views.hidden[:, knee], knee].mean()
    assert missed == pytest.approx(noise.missed[0, knee], abs=0.06)  # some fall out of the image


def test_worse_keypoints_are_less_confident():
    noise = measured_detectors()["blazepose"]
    generator = np.random.default_rng(5)
    small, large = (noise.confidence(np.zeros((2000, K), int), np.full((2000, K), error), generator)
                    for error in (0.005, 0.12))
    assert small.mean() > large.mean() + 0.03


def test_coco_has_no_neck_and_filled_has_the_middle():
    plane = np.random.default_rng(6).normal(size=(3, K, 2))
    confidence = np.linspace(0.1, 1, 3 * K).reshape(3, K)
    neck, left, right = (KEYPOINTS.index(name) for name in ("neck", "l_shoulder", "r_shoulder"))
    coco = in_form(plane, confidence, FORMS.index("coco"))
    assert not coco.confidence[:, neck].any() and not coco.plane[:, neck].any()
    filled = in_form(plane, confidence, np.array([FORMS.index("filled")] * 3))
    np.testing.assert_allclose(filled.plane[:, neck], (plane[:, left] + plane[:, right]) / 2)
    np.testing.assert_array_equal(filled.confidence[:, neck], np.minimum(confidence[:, left], confidence[:, right]))


def test_stored_poses_come_back_and_wrong_files_are_named(tmp_path):
    path, bodies = tmp_path / "poses.npz", standing_bodies(5)
    stored_poses(path, 5, lambda: bodies)
    again = stored_poses(path, 5, None)
    np.testing.assert_array_equal(again.points, bodies.points)
    with pytest.raises(ConfigError, match="poses.npz: 5 poses, wanted 6"):
        stored_poses(path, 6, None)
    path.write_text("nothing")
    with pytest.raises(ConfigError, match="poses.npz: not stored poses"):
        stored_poses(path, 5, None)
    with pytest.raises(ConfigError, match="not a file of benchmarks/detector_noise.py"):
        score_found(None, path)


@pytest.mark.parametrize("arguments, message", [
    (["lift", "--assets", "nowhere.npz", "--out", "RUN"], "nowhere.npz: cannot be read as baked assets"),
    (["lift", "--assets", "nowhere.npz", "--out", "RUN", "--set", "depth=3"], "no training setting 'depth'"),
    (["score-lift"], "give either --assets or --found"),
    (["score-lift", "--lift", "nowhere", "--found", "x.npz"], "lifting weights 'nowhere': no such folder"),
    (["score-lift", "--found", "nowhere.npz"], "nowhere.npz: not a file of benchmarks/detector_noise.py"),
])
def test_bad_input_is_one_line(arguments, message, tmp_path, capsys):
    arguments = [str(tmp_path / each) if each == "RUN" else each for each in arguments]
    assert main(["train", *arguments]) == 2
    complaint = capsys.readouterr().err
    assert message in complaint and complaint.count("\n") == 1
