"""Training samples of the published sets: masks, composites, states, and a few steps of training on each."""

import csv
import pickle

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

import published_sets as published  # noqa: E402

from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datasets import coco  # noqa: E402
from mocap_ros.datasets.augmentation import AugmentationConfig  # noqa: E402
from mocap_ros.datasets.catalogue import DATA_SETS, NOTHING, THREE, open_data_set  # noqa: E402
from mocap_ros.datasets.frame_choice import distinct_frames  # noqa: E402
from mocap_ros.datasets.mpi_inf_3dhp_recordings import CAMERAS, Maskable, Masks, find_recordings  # noqa: E402
from mocap_ros.datasets.mpi_inf_3dhp_training import StudioSamples  # noqa: E402
from mocap_ros.datasets.muco import VIEWS, MucoSamples  # noqa: E402
from mocap_ros.datasets.sample import (  # noqa: E402
    HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, OUTSIDE, SEEN, UNKNOWN, unlabelled,
)
from mocap_ros.datasets.studio_augmentation import augment_studio, texture  # noqa: E402
from mocap_ros.datatypes.errors import ImageError  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT, JOINTS, K, KEYPOINTS  # noqa: E402
from mocap_ros.training.batches import BatchKeys, RandomViews, batch_loader  # noqa: E402
from mocap_ros.training.settings import with_changes  # noqa: E402
from mocap_ros.training.targets import make_targets  # noqa: E402
from mocap_ros.training.train_stage_one import StageOneTraining, train_stage_one  # noqa: E402

WRITERS = {
    "coco": published.coco, "mpii": published.mpii, "lsp": published.lsp,
    "lsp_extended": lambda root: published.lsp(root, extended=True), "mpi_inf_3dhp": published.mpi_inf_3dhp,
    "muco": published.mpi_inf_3dhp, "human36m": published.human36m, "panoptic": published.panoptic,
    "threedpw": published.threedpw, "mupots": published.mupots,
}
BODY = np.flatnonzero(JOINT_OF_KEYPOINT >= 0)


def at(name):
    return KEYPOINTS.index(name)


@pytest.fixture(scope="module", params=WRITERS)
def opened(request, tmp_path_factory):
    truth = WRITERS[request.param](tmp_path_factory.mktemp(request.param))
    return request.param, truth, open_data_set(request.param, truth.root)


def test_every_set_but_the_synthetic_one_is_written_here():
    assert set(WRITERS) == set(DATA_SETS) - {"synthetic"}


def test_samples_are_picklable_hold_no_images_and_come_out_the_same(opened):
    _, _, samples = opened
    again = pickle.loads(pickle.dumps(samples))
    for index in {0, min(1, len(samples) - 1), len(samples) - 1}:
        first, second = samples[index], again[index]
        for name in ("image", "keypoints_px", "visibility", "joints_camera", "camera_matrix", "ignore", "labelled"):
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name), err_msg=name)
    assert len(pickle.dumps(samples)) < published.WIDTH * published.HEIGHT  # bytes: less than a third of one image
    with pytest.raises(IndexError):
        samples[len(samples)]


def test_only_sets_that_say_so_teach_the_third_dimension(opened):
    name, _, samples = opened
    weights = make_targets(samples[0]).encoding_weights
    assert weights.any() == (DATA_SETS[name].teaches == THREE or name == "mupots")
    assert make_targets(samples[0]).heatmaps.max() > 0.5


def test_nothing_is_learned_of_keypoints_that_a_set_lacks(opened):
    name, _, samples = opened
    sample = samples[0]
    face = [at(n) for n in ("nose", "l_eye", "r_eye", "l_ear", "r_ear")]
    assert sample.labelled[face].all() == (name in ("coco", "panoptic"))
    assert sample.labelled[at("head_top")] == (name not in ("coco", "panoptic", "threedpw"))
    assert sample.labelled[[at("neck"), at("pelvis"), at("l_knee")]].all()
    assert (sample.visibility[:, ~sample.labelled] == OUTSIDE).all()


def test_where_people_may_stand_without_labels_nothing_is_learned(opened):
    name, _, samples = opened
    sample = samples[0]
    if name in ("mpii", "lsp", "lsp_extended", "threedpw"):
        assert sample.ignore.any() and not sample.ignore.all()
        placed = np.isfinite(sample.keypoints_px).all(-1) & (sample.visibility != OUTSIDE)
        columns, rows = np.rint(sample.keypoints_px[placed]).astype(int).T
        assert not sample.ignore[np.clip(rows, 0, 191), np.clip(columns, 0, 255)].any()
    elif name == "coco":
        assert sample.ignore[:20, :30].all()  # the crowd
    else:
        assert not sample.ignore.any()


def test_cocos_areas_are_masks_before_boxes():
    box = [10.0, 20.0, 20.0, 10.0]  # px; widened by 1 px on each side
    runs = np.zeros((50, 60), bool)
    runs[22:26, 12:18] = True
    flat = np.r_[False, runs.T.ravel()]
    edges = np.flatnonzero(np.diff(flat.astype(int)))
    counts = np.diff(np.r_[0, edges, runs.size]).tolist()
    for outline, low, high in (
            (None, (20, 10), (30, 30)), ({"counts": counts, "size": [50, 60]}, (22, 12), (25, 17)),
            ({"counts": "compressed", "size": [50, 60]}, (20, 10), (30, 30)),
            ([[12.5, 22.5, 18.5, 22.5, 18.5, 27.5, 12.5, 27.5]], (22, 12), (27, 18))):
        area = coco.area_of({"bbox": box, "segmentation": outline}, 50, 60)
        assert tuple(np.argwhere(area).min(0)) == (low[0] - 1, low[1] - 1)
        assert tuple(np.argwhere(area).max(0)) == (high[0] + 1, high[1] + 1)


def test_a_person_who_does_not_count_is_ignored(tmp_path):
    sample = open_data_set("threedpw", published.threedpw(tmp_path).root)[0]
    assert len(sample) == 1
    second = published.scenes(published.TWO, 1)[0].keypoints_px[1]
    x, y = np.rint(second[at("l_knee")]).astype(int)
    assert sample.ignore[y, x]


@pytest.mark.parametrize("name", ["lsp", "lsp_extended"])
def test_hidden_and_unlabelled_ankles_of_the_two_leeds_sets_differ(name, tmp_path):
    sample = open_data_set(name, WRITERS[name](tmp_path).root)[0]
    expected = HIDDEN_BY_OBJECT if name == "lsp" else OUTSIDE
    assert sample.visibility[0, at("l_ankle")] == expected and sample.visibility[0, at("l_wrist")] == SEEN


def test_distinct_frames_have_moved():
    steps = np.cumsum([0, 0.05, 0.04, 0.02, 0.2, 0.0, 0.05])  # m
    joints = np.zeros((7, 3, 3))
    joints[:, 1, 0] = steps
    assert distinct_frames(joints, 0.1).tolist() == [0, 3, 4]
    assert distinct_frames(joints[:0], 0.1).tolist() == []


@pytest.mark.parametrize("extracted", [False, True])
def test_recordings_come_from_videos_and_from_extracted_images(extracted, tmp_path):
    truth = published.mpi_inf_3dhp(tmp_path, extracted=extracted)
    recordings = find_recordings(truth.root)
    assert [(each.subject, each.camera, len(each.frames)) for each in recordings] == [
        (1, 0, 4), (1, 4, 4), (2, 0, 4), (2, 4, 4)]
    samples = StudioSamples(truth.root)
    sample = samples[5]  # camera 4, second frame
    np.testing.assert_allclose(sample.keypoints_px[0, BODY], truth.samples[0][1].keypoints_px[0, BODY], atol=0.01)  # px
    np.testing.assert_allclose(sample.joints_camera[0], truth.samples[0][1].joints_camera[0], atol=1e-5)  # m
    np.testing.assert_allclose(sample.camera_matrix, published.CAMERA, atol=1e-6)  # px
    x, y = np.rint(sample.keypoints_px[0, at("pelvis")]).astype(int)
    assert sample.image[y, x].mean() == pytest.approx(60, abs=12)  # this frame's person, through a lossy codec


def test_universal_joints_can_be_asked_for(tmp_path):
    truth = published.mpi_inf_3dhp(tmp_path, people=1, cameras=(0,))
    own, universal = (find_recordings(truth.root, universal=each)[0].joints_camera for each in (False, True))
    np.testing.assert_allclose(universal, own * 0.9, atol=1e-5)  # m


def test_missing_masks_and_recordings_are_named_with_their_source(tmp_path):
    with pytest.raises(ImageError, match=r"S1/Seq1/imageSequence/video_0\.avi: missing\. It is part of MPI-INF-3DHP"):
        open_data_set("mpi_inf_3dhp", tmp_path)
    truth = published.mpi_inf_3dhp(tmp_path)
    for path in (tmp_path / "S1" / "Seq1" / "FGmasks").iterdir():
        path.unlink()
    for path in (tmp_path / "S2" / "Seq1" / "FGmasks").iterdir():
        path.unlink()
    assert len(open_data_set("mpi_inf_3dhp", truth.root)[0]) == 1  # without photographs no masks are needed
    with pytest.raises(ImageError, match=r"FGmasks/video_\d\.avi: missing"):
        open_data_set("muco", truth.root)[0]


def test_texture_keeps_the_shading():
    image = np.zeros((20, 20, 3), np.uint8)
    image[:, :10], image[:, 10:] = 60, 180
    pattern = np.full_like(image, (0, 0, 200))
    dressed = texture(image, np.ones((20, 20), np.float32), pattern)
    np.testing.assert_allclose(dressed[0, 0], (30, 30, 130), atol=1)  # grey levels, rounded
    assert dressed[0, 15, 0] == 90
    np.testing.assert_array_equal(texture(image, np.zeros((20, 20), np.float32), pattern), image)


def test_only_masks_that_are_good_are_used():
    image, blue = np.full((30, 30, 3), 100, np.uint8), unlabelled(np.full((40, 40, 3), (255, 0, 0), np.uint8))
    parts = np.zeros((4, 30, 30), np.float32)
    parts[0, 5:25, 5:25], parts[1, 5:15, 5:25], parts[2, 15:25, 5:25] = 1, 1, 1
    changed = {}
    for maskable in (Maskable(True, False, False), Maskable(False, True, False), Maskable(True, True, True)):
        views = [augment_studio(image, Masks(*parts), maskable, [blue], np.random.default_rng(n)) for n in range(20)]
        changed[maskable] = [max(abs(int(v[y, x, 2]) - 100) for v in views) for y, x in ((1, 1), (8, 10), (20, 10))]
    background, upper, both = changed.values()
    assert background[0] == 100 and background[1:] == [0, 0]
    assert upper[0] == 0 and upper[1] == 50 and upper[2] == 0
    assert both == [100, 50, 50]


def test_plain_and_new_clothes_come_in_the_thesis_shares():
    image, blue = np.full((8, 8, 3), 100, np.uint8), unlabelled(np.full((9, 9, 3), (255, 0, 0), np.uint8))
    parts = np.zeros((4, 8, 8), np.float32)
    parts[0, 4:], parts[1, 4:] = 1, 1
    views = [augment_studio(image, Masks(*parts), Maskable(True, True, True), [blue], np.random.default_rng(n))
             for n in range(600)]
    background = np.mean([view[0, 0, 0] == 255 for view in views])
    clothes = np.mean([view[6, 6, 2] < 100 for view in views])
    # Three standard deviations of 600 draws.
    assert background == pytest.approx(27.5 / 37.5, abs=0.055) and clothes == pytest.approx(12.5 / 37.5, abs=0.06)


def test_composites_put_the_nearer_person_in_front_and_say_who_is_hidden(tmp_path):
    """Subject 1 is a box of brightness 60, subject 2 of 120: the colour at a keypoint must agree with its label."""
    truth = published.mpi_inf_3dhp(tmp_path, cameras=(0,), extracted=True)
    samples = MucoSamples(truth.root, shrink=1, composites=24)
    pairs = [each for each in (samples[n] for n in range(24)) if len(each) == 2]
    assert 6 < len(pairs) < 18  # one or two people, evenly
    states = {HIDDEN_BY_OTHER: 0, HIDDEN_BY_OBJECT: 0}
    for sample in pairs:
        depth = sample.joints_camera[:, JOINTS.index("pelvis"), 2]
        far, near = int(np.argmax(depth)), int(np.argmin(depth))
        level = {person: 60 * subject for person in (far, near) for subject in (1, 2)
                 for one in truth.samples[subject - 1]
                 if np.allclose(one.joints_camera[0], sample.joints_camera[person])}
        assert sorted(level.values()) == [60, 120]
        for person in (far, near):
            for k in BODY:
                state = int(sample.visibility[person, k])
                if state == OUTSIDE:
                    continue
                x, y = np.rint(sample.keypoints_px[person, k]).astype(int)
                around = sample.image[max(y - 4, 0):y + 5, max(x - 4, 0):x + 5].astype(int)
                if np.ptp(around, axis=(0, 1)).max() > 40:
                    continue  # on the soft edge of a mask
                blue, green, red = around.mean((0, 1))
                if state == UNKNOWN:
                    assert green == pytest.approx(level[person], abs=12), KEYPOINTS[k]  # grey levels, through JPEG
                elif state == HIDDEN_BY_OTHER:
                    assert person == far and green == pytest.approx(level[near], abs=12)
                else:
                    assert state == HIDDEN_BY_OBJECT and red > 150 > 50 > green  # the red chair of subject 1
                states[state] = states.get(state, 0) + 1
    assert min(states.values()) > 0


def test_composites_are_the_same_in_every_run_and_scale_their_camera(tmp_path):
    truth = published.mpi_inf_3dhp(tmp_path, cameras=(0,), extracted=True)
    whole, half = (MucoSamples(truth.root, shrink=shrink, composites=5) for shrink in (1, 2))
    for n in range(5):
        big, small = whole[n], half[n]
        np.testing.assert_array_equal(big.image, MucoSamples(truth.root, shrink=1, composites=5)[n].image)
        assert small.image.shape == (96, 128, 3)
        np.testing.assert_allclose(small.keypoints_px, (big.keypoints_px + 0.5) / 2 - 0.5, atol=1e-3)  # px
        pixels = small.joints_camera[:, JOINT_OF_KEYPOINT[BODY]] @ small.camera_matrix.T
        np.testing.assert_allclose(pixels[..., :2] / pixels[..., 2:], small.keypoints_px[:, BODY], atol=0.01)  # px


def test_muco_leaves_out_two_of_the_ceiling_cameras():
    assert len(CAMERAS) == 14 and len(VIEWS) == 12 and 11 in VIEWS and 12 not in VIEWS and 13 not in VIEWS


def test_several_loader_processes_read_what_one_reads(tmp_path):
    truth = published.mpi_inf_3dhp(tmp_path)
    samples = open_data_set("muco", truth.root)
    views = RandomViews([samples], [1.0], None, AugmentationConfig(width=48, height=64), 1)
    batches = [[images for images, _ in batch_loader(views, BatchKeys(0, 3, 2), workers)] for workers in (0, 2)]
    for one, two in zip(*batches):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


TINY = {"width": "0.125", "steps": "2", "steps_2d": "1", "batch": "2", "warmup": "1", "decay": "1", "crop_width": "48",
        "crop_height": "64", "workers": "0", "precision": "fp32", "threads": "1", "log_every": "1", "save_every": "9"}


@pytest.mark.parametrize("name", [each for each in WRITERS if DATA_SETS[each].teaches != NOTHING])
def test_every_training_set_trains_what_it_says(name, tmp_path):
    (tmp_path / "set").mkdir()
    samples = open_data_set(name, WRITERS[name](tmp_path / "set").root)
    train_stage_one(with_changes(StageOneTraining(), TINY), [samples], [1.0], None, tmp_path / "run")
    with (tmp_path / "run" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 and all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert (float(rows[-1]["encodings"]) > 0) == (DATA_SETS[name].teaches == THREE)


def test_the_command_trains_on_several_sets_and_new_backgrounds(tmp_path, capsys):
    options = []
    for name, share in (("mpii", "=2"), ("muco", "=0.5"), ("mpi_inf_3dhp", "")):
        (tmp_path / name).mkdir()
        options += ["--dataset", f"{name}:{WRITERS[name](tmp_path / name).root}{share}"]
    (tmp_path / "photographs").mkdir()
    wall = np.random.default_rng(0).integers(0, 255, (80, 90, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "photographs" / "wall.jpg"), wall)
    status = main(["train", "stage-one", *options, "--out", str(tmp_path / "run"), "--negatives",
                   str(tmp_path / "photographs"), *(f"--set={name}={value}" for name, value in TINY.items())])
    assert status == 0, capsys.readouterr().err
    assert len((tmp_path / "run" / "log.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize("dataset, text", [
    ("mpii", "wanted NAME:PATH[=SHARE], NAME one of coco, mpii"),
    ("mpi:PATH", "no data set 'mpi'. Available: coco"),
    ("mupots:PATH", "MuPoTS-3D is a test set"),
    ("mpii:PATH=much", "wanted a number above 0 after '='"),
    ("mpii:PATH", "mpii_human_pose_v1_u12_1.mat: missing. It is part of MPII Human Pose, from http"),
])
def test_what_is_wrong_with_a_dataset_option_is_said_in_one_line(dataset, text, tmp_path, capsys):
    given = dataset.replace("PATH", str(tmp_path))
    assert main(["train", "stage-one", "--dataset", given, "--out", str(tmp_path / "run")]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and text in lines[0]


def test_a_sheet_shows_samples_with_labels(tmp_path, capsys):
    truth = published.mupots(tmp_path)
    out = tmp_path / "sheet.png"
    assert main(["datasets", "look", "mupots", str(truth.root), "--out", str(out), "--images", "3"]) == 0
    assert "samples 0, 1, 2 of 3" in capsys.readouterr().out
    sheet = cv2.imread(str(out))
    assert sheet.shape == (2 * 360, 3 * 480, 3)
    plain, drawn = sheet[:360], sheet[360:]
    assert (plain != drawn).any() and ((drawn == (0, 255, 0)).all(-1)).sum() > 20  # green dots
    assert main(["datasets", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in DATA_SETS) and NOTHING in listed
    assert main(["datasets", "look", "mupots", str(truth.root), "--out", "nowhere/sheet.png"]) == 2


def test_visibility_has_a_place_for_every_code():
    from mocap_ros.synthesis.sheet import DOTS

    assert set(DOTS) == {HIDDEN_BY_OTHER, HIDDEN_BY_OBJECT, 3, SEEN, UNKNOWN} and K == 20
