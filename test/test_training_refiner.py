"""The refiner learns from crops around what may have been found of people; what it learns is what running asks for."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from training_scenes import people_sample  # noqa: E402

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE, SEEN, unlabelled  # noqa: E402
from mocap_ros.datasets.synthetic import SyntheticShards, write_shard  # noqa: E402
from mocap_ros.datatypes.camera import Camera  # noqa: E402
from mocap_ros.datatypes.detections import Detections, nobody  # noqa: E402
from mocap_ros.datatypes.errors import ConfigError, WeightsError  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINTS, K, KEYPOINT_MIRROR, KEYPOINTS, ROOT  # noqa: E402
from mocap_ros.geometry.boxes import boxes_of  # noqa: E402
from mocap_ros.nets.export import export_refiner  # noqa: E402
from mocap_ros.nets.onnx_refiner import OnnxRefiner, RefinerAnswers  # noqa: E402
from mocap_ros.nets.person_frame import reference_scale  # noqa: E402
from mocap_ros.nets.refiner_input import CELL_PX, CELLS, CROP_PX, PERSON_PX, refinable, refine_crop  # noqa: E402
from mocap_ros.nets.refiner_net import RefinerNet, RefinerOutputs  # noqa: E402
from mocap_ros.nets.shown_maps import NOTHING_SHOWN, Shown, ShownMaps  # noqa: E402
from mocap_ros.training.findings import box_alone, Finding, found_nowhere, found_of  # noqa: E402
from mocap_ros.training.found_people import (  # noqa: E402
    find_people, FoundSamples, NOBODY, who_is_who, write_found)
from mocap_ros.training.refiner_losses import refiner_losses  # noqa: E402
from mocap_ros.training.refiner_views import (  # noqa: E402
    drawn_finding, joined, MAPLESS, plain_view, random_view, RandomFindings, RefinerViews, stacked)
from mocap_ros.training.score_refiner import refiner_views, score_refiner  # noqa: E402
from mocap_ros.training.stored_maps import MapsWriter  # noqa: E402
from mocap_ros.training.targets import make_targets  # noqa: E402
from mocap_ros.training.train_refiner import refiner_of, RefinerTraining, train_refiner  # noqa: E402
from mocap_ros.training.checkpoint import load_checkpoint  # noqa: E402

TWO = [(-0.9, 0.1, 4.0), (1.0, 0.15, 4.6)]
TINY = dict(width=0.17, images=2, steps=4, warmup=1, decay=1, threads=1, workers=0, save_every=100, log_every=2,
            precision="fp32")
WRIST, KNEE, NOSE = (KEYPOINTS.index(name) for name in ("l_wrist", "r_knee", "nose"))
PELVIS = JOINTS.index(ROOT)


def samples(count=3):
    return [people_sample(TWO, generator=np.random.default_rng(seed)) for seed in range(count)]


def exact(sample, person):
    """A Finding of all that is labelled inside the image, where it is."""
    return Finding(sample.keypoints_px[person].astype(float), (sample.visibility[person] > OUTSIDE).astype(float))


def camera_of(sample):
    return Camera(sample.image.shape[1], sample.image.shape[0], sample.camera_matrix)


def test_resuming_is_the_same_as_never_stopping(tmp_path):
    settings = RefinerTraining(**TINY)
    whole = train_refiner(settings, [samples()], [1.0], None, tmp_path / "whole").state_dict()
    train_refiner(settings, [samples()], [1.0], None, tmp_path / "parts", stop=2)
    parts = train_refiner(settings, [samples()], [1.0], None, tmp_path / "parts", resume=True).state_dict()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name
    again = refiner_of(load_checkpoint(tmp_path / "whole" / "refiner.pt")).state_dict()
    assert all(torch.equal(value, again[name]) for name, value in whole.items())
    begun = train_refiner(replace(settings, steps=1, rate=0.0), [samples()], [1.0], None, tmp_path / "begun",
                          start_from=tmp_path / "whole" / "refiner.pt").state_dict()
    assert torch.equal(begun["head.weight"], whole["head.weight"])  # a rate of 0 moves no weights
    with pytest.raises(WeightsError, match="width=0.17 cannot go on with width=0.3"):
        train_refiner(replace(settings, width=0.3), [samples()], [1.0], None, tmp_path / "parts", resume=True)


def test_it_learns_where_people_are_and_how_they_stand(tmp_path):
    settings = RefinerTraining(**{**TINY, "steps": 60, "images": 8, "average": 0.8, "rate": 4e-3, "decay": 30})
    shown = [people_sample(TWO, generator=np.random.default_rng(seed)) for seed in range(3)]
    shown = [replace(each, image=_dots(each)) for each in shown]
    views = refiner_views(shown, 1)
    before = score_refiner(RefinerNet(0.17).eval(), views)
    after = score_refiner(train_refiner(settings, [shown], [1.0], None, tmp_path), views)
    assert after.similarity > before.similarity + 0.3 and after.error < 0.7 * before.error
    assert after.seen > 0.9 and before.found == after.found < 0.95


def _dots(sample):
    """A grey image in which every keypoint is a bright dot."""
    image = np.full(sample.image.shape, 60, np.uint8)
    for x, y in np.rint(sample.keypoints_px.reshape(-1, 2)).astype(int):
        image[max(y - 2, 0):y + 3, max(x - 2, 0):x + 3] = 255
    return image


def test_a_view_is_what_running_shows_and_its_truth_what_running_says():
    sample = people_sample(TWO, generator=np.random.default_rng(1))
    found = Detections(sample.keypoints_px, np.ones((2, K)), np.ones(2))
    said, seen = [], []

    class Knowing(OnnxRefiner):
        def __init__(self):
            pass

        def infer(self, crops, keypoints, camera, maps):
            said.append((crops, keypoints, camera))
            views = [plain_view(sample, person, exact(sample, person)) for person in rows]
            seen.extend(views)
            truth = stacked(views)
            return RefinerAnswers(truth.places, np.ones((2, K)), truth.seen, truth.person, truth.joints)

    rows = np.argsort(-np.ptp(sample.keypoints_px, axis=1).max(-1), kind="stable")
    refined = Knowing().refine(sample.image, found, camera_of(sample), 9)
    (crops, keypoints, camera), truth = said[0], stacked(seen)
    np.testing.assert_allclose(keypoints, truth.keypoints, atol=1e-3)
    np.testing.assert_allclose(camera, truth.camera, atol=1e-5)
    assert np.abs(crops.astype(int) - truth.crops).mean() < 6  # noise, shrunk by two ways of averaging
    np.testing.assert_allclose(refined.detections.keypoints_px, sample.keypoints_px, atol=1e-2)
    relative = sample.joints_camera - sample.joints_camera[:, PELVIS, None]
    np.testing.assert_allclose(refined.joints, relative * reference_scale(sample.joints_camera)[:, None, None],
                               atol=1e-4)


def test_people_who_are_not_looked_at_stay_as_they_are():
    sample = people_sample(TWO)
    confidence = np.ones((2, K))
    confidence[1, 2:] = 0  # two keypoints are no finding
    found = Detections(np.where(confidence[..., None] > 0, sample.keypoints_px, np.nan), confidence, np.ones(2),
                       np.ones((2, K, len(JOINTS), 3)))

    class Shifting(OnnxRefiner):
        def __init__(self):
            pass

        def infer(self, crops, keypoints, camera, maps):
            people = len(crops)
            chance = np.tile(np.where(np.arange(K) == NOSE, 0.2, 0.9), (people, 1))
            return RefinerAnswers(keypoints[..., :2], np.full((people, K), 0.5), chance, np.full(people, 0.5),
                                  np.zeros((people, len(JOINTS), 3), np.float32))

    for most in (1, 9):
        refined = Shifting().refine(sample.image, found, camera_of(sample), most)
        assert np.isnan(refined.joints[1]).all() and np.isfinite(refined.joints[0]).all()
        np.testing.assert_array_equal(refined.detections.keypoints_px[1], found.keypoints_px[1])
        first = refined.detections.take([0])
        assert first.scores[0] == 0.5 and refined.kept.all()
        assert first.confidence[0, NOSE] == 0 and np.isnan(first.keypoints_px[0, NOSE]).all()
        assert not first.encodings[0, NOSE].any() and first.encodings[0, WRIST].all()
        assert first.confidence[0, WRIST] == pytest.approx(0.45)
    assert Shifting().refine(sample.image, found, camera_of(sample), 0).detections is found


def test_mirror_images_and_turns_keep_the_truth_on_the_picture():
    sample = people_sample([(0.3, 0.1, 4.0)])
    sample = replace(sample, image=_dots(sample))
    for seed in range(30):
        generator = np.random.default_rng(seed)
        view = random_view(*drawn_finding(sample, 0, generator), generator)
        if not view.person:
            assert not view.place_weights.any() and not view.seen_weights.any() and np.isnan(view.joints).all()
            continue
        inside = (view.place_weights == 1) & (view.places > 4).all(-1) & (view.places < CROP_PX - 5).all(-1)
        columns, rows = np.rint(view.places[inside]).astype(int).T
        grey = view.crops.mean(-1)
        assert np.mean(grey[rows, columns] > np.median(grey) + 5) > 0.8  # an occluder or noise may hide some
        ends = view.joints[[JOINTS.index("l_wrist"), JOINTS.index("r_wrist")], 0]
        shown = view.places[[WRIST, KEYPOINTS.index("r_wrist")], 0]
        assert np.sign(ends[0] - ends[1]) == np.sign(shown[0] - shown[1])


def test_in_a_share_of_the_views_only_a_box_is_told():
    shown = samples(1)
    views = stacked([RandomFindings([shown], [1.0], None, seed, 0.4)[(0, 0)] for seed in range(60)])  # 240 views
    told = (views.keypoints[..., 2] > 0).any(-1).ravel()
    assert abs((~told).mean() - 0.4) < 0.1
    people = ~told & (views.person.ravel() > 0)
    places = views.places.reshape(-1, K, 2)[people & (views.place_weights.reshape(-1, K) > 0).all(1)]
    long = (places.max(1) - places.min(1)).max(1)
    assert abs(np.median(long) / PERSON_PX - 1) < 0.1  # as large in the crop as whose keypoints are told
    box = box_alone(exact(shown[0], 0), shown[0].shown_px[0])
    view = plain_view(shown[0], 0, box)
    assert not view.keypoints.any() and view.place_weights.all()
    np.testing.assert_allclose(view.places, plain_view(shown[0], 0, exact(shown[0], 0)).places, atol=0.5)


def test_hidden_keypoints_are_placed_but_not_called_seen():
    sample = people_sample(TWO)
    visibility = np.full((2, K), SEEN, np.uint8)
    visibility[0, WRIST], visibility[0, KNEE] = HIDDEN_BY_OBJECT, OUTSIDE
    view = plain_view(replace(sample, visibility=visibility), 0, exact(sample, 0))
    assert 0 < view.place_weights[WRIST] < 1 and view.seen[WRIST] == 0 and view.seen_weights[WRIST] == 1
    assert view.place_weights[KNEE] == 0 and view.seen[KNEE] == 0
    assert view.place_weights[NOSE] == 1 and view.seen[NOSE] == 1


def test_unlabelled_poses_and_cameras_are_left_out_of_the_loss():
    sample = people_sample(TWO)
    bare = replace(sample, joints_camera=np.full_like(sample.joints_camera, np.nan),
                   camera_matrix=np.full((3, 3), np.nan))
    batch = joined([stacked([plain_view(bare, 0, exact(sample, 0)), plain_view(sample, 0, exact(sample, 0))])])
    assert not batch.camera[0].any() and batch.camera[1].any()
    outputs = RefinerNet(0.17).eval()(*batch.told)
    losses = refiner_losses(outputs, batch)
    assert all(torch.isfinite(each) for each in losses)
    moved = outputs._replace(joints=outputs.joints + torch.tensor([1.0, 0.0])[:, None, None])
    assert refiner_losses(moved, batch).pose == losses.pose


def test_places_are_read_between_cells_and_certainty_tells_how_sharp_they_are():
    net = RefinerNet(0.17)
    place = torch.tensor([10.3, 20.8])  # cells x, y
    grid = torch.arange(CELLS, dtype=torch.float32)
    for sigma, least, most in ((0.75, 0.7, 1.0), (3.0, 0.1, 0.6)):
        falloff = [-(grid - place[axis]) ** 2 / (2 * sigma ** 2) for axis in (0, 1)]
        logits = (falloff[1][:, None] + falloff[0]).flatten().expand(1, K, -1)
        cells, certainty = net._read(logits.softmax(-1))
        assert torch.allclose(cells, place.expand(1, K, 2), atol=0.1 if sigma < 1 else 0.3)
        assert (certainty[0, KEYPOINTS.index("l_hip")] > least) and (certainty[0, KEYPOINTS.index("l_hip")] < most)
    wanted = RefinerViews(*(None,) * 10)._replace(
        places=(place.expand(1, K, 2) + 0.5) * CELL_PX - 0.5, place_weights=torch.ones(1, K), seen=torch.ones(1, K),
        seen_weights=torch.ones(1, K), person=torch.ones(1), joints=torch.full((1, len(JOINTS), 3), float("nan")))
    losses = []
    for shift in (0.0, 1.0, 4.0):
        falloff = [-(grid - place[axis] - shift) ** 2 / (2 * 0.75 ** 2) for axis in (0, 1)]
        logits = (falloff[1][:, None] + falloff[0]).expand(1, K, CELLS, CELLS)
        outputs = RefinerOutputs(logits, None, None, torch.zeros(1, K), torch.zeros(1), torch.zeros(1, len(JOINTS), 3))
        losses.append(float(refiner_losses(outputs, wanted).places))
    assert losses[0] < losses[1] < losses[2]


def test_a_part_of_a_person_is_shown_with_room_for_the_rest():
    sample = people_sample([(0.0, 0.1, 4.0)])
    whole = sample.keypoints_px[0].astype(float)
    of_head = np.isin(KEYPOINTS, ("nose", "neck", "head_top", "l_shoulder", "r_shoulder"))
    head = np.where(of_head[:, None], whole, np.nan)
    assert refine_crop(whole).scale * np.ptp(whole, axis=0).max() == pytest.approx(PERSON_PX, rel=0.02)
    shown = refine_crop(head).to_crop(whole)
    assert ((shown > 0) & (shown < CROP_PX)).all(-1)[KEYPOINTS.index("l_elbow")]
    assert refine_crop(head).side < refine_crop(whole).side
    few = np.full((1, K, 2), np.nan)
    few[0, :2] = whole[:2]
    assert refinable(whole[None]).all() and not refinable(few).any()


def test_findings_err_as_much_as_they_should_and_false_ones_are_away_from_everybody():
    sample = people_sample(TWO)
    points, visibility = sample.keypoints_px[0].astype(float), sample.visibility[0]
    size = np.ptp(points, axis=0).max()
    errors, missed = [], []
    for seed in range(300):
        found = found_of(points, visibility, sample.keypoints_px[1:], np.random.default_rng(seed))
        errors.append((np.linalg.norm(found.points - points, axis=-1) / size)[found.confidence > 0])
        missed.append((found.confidence == 0).mean())
        assert (found.confidence > 0).sum() >= 3 and np.isfinite(found.points).all()
        nowhere = found_nowhere(found, (640, 480), sample.keypoints_px, np.random.default_rng(seed))
        if nowhere is not None:
            shown = nowhere.points[nowhere.confidence > 0]
            inside = (sample.keypoints_px >= shown.min(0)) & (sample.keypoints_px <= shown.max(0))
            assert not inside.all(-1).any()
    assert 0.01 < np.median(np.concatenate(errors)) < 0.05 and 0.02 < np.mean(missed) < 0.25
    again = [found_of(points, visibility, sample.keypoints_px[1:], np.random.default_rng(7)) for _ in range(2)]
    assert (again[0].points == again[1].points).all()


def test_real_findings_are_told_from_false_ones_however_bad_they_are():
    sample = people_sample(TWO)
    right, wrong = sample.keypoints_px.astype(float)
    turned = wrong[KEYPOINT_MIRROR]
    away = right + [0, -400.0]
    little = np.where((np.arange(K) < 2)[:, None], right, away)  # two keypoints of somebody, the others of nobody
    found = np.stack([turned, right, right + 9.0, away, little])
    detections = Detections(found, np.ones((5, K)), np.ones(5))
    people = find_people(lambda image: detections, [sample], [0])
    np.testing.assert_array_equal(people.person, [1, 0, NOBODY])  # the second finding of the first is nobody's either
    np.testing.assert_allclose(people.keypoints_px[0], turned, atol=1e-3)
    assert (people.image == 0).all()
    person, clear = who_is_who(found[:0], sample.keypoints_px)
    assert len(person) == len(clear) == 0


def test_what_was_found_is_kept_and_learned_from(tmp_path):
    shown = samples(3)
    folder = tmp_path / "shards"
    folder.mkdir()
    write_shard(folder, 0, [picture(each) for each in shown])
    read = SyntheticShards(folder)
    answers = iter([each.keypoints_px + 2.0 for each in (shown[0], shown[2])])

    def detect(image):
        points = next(answers)
        return Detections(points, np.ones(points.shape[:2]), np.ones(len(points)))

    write_found(tmp_path / "found.npz", folder, find_people(detect, read, [0, 2]))
    found = FoundSamples(tmp_path / "found.npz")
    assert len(found) == 2
    sample, people, maps = found[1]
    np.testing.assert_array_equal(sample.keypoints_px, read[2].keypoints_px)
    np.testing.assert_allclose(people.keypoints_px, shown[2].keypoints_px + 2.0, atol=1e-3)
    np.testing.assert_array_equal(people.person, [0, 1])
    views = RandomFindings([found], [1.0], None, 1)[(0, 0)]
    assert views.person.all() and views.place_weights.any(1).all()
    plain = refiner_views([found[1]], 1)
    shift = (plain.keypoints[..., :2] - plain.places)[plain.place_weights > 0]
    assert (shift > 0.5).all() and np.ptp(shift) < 3  # px of the crop: two pixels of the image, and so for everybody
    with pytest.raises(ConfigError, match="not a file of `mocap train find`"):
        FoundSamples(folder / "labels_00000.npz")
    with pytest.raises(ConfigError, match="not a file of `mocap train find`"):
        FoundSamples(tmp_path / "nothing.npz")


def test_maps_and_boxes_are_kept_and_learned_from_too(tmp_path):
    shown = samples(2)
    folder, maps = tmp_path / "shards", tmp_path / "maps"
    folder.mkdir()
    write_shard(folder, 0, [picture(each) for each in shown])
    read = SyntheticShards(folder)
    first = boxes_of(shown[0].keypoints_px)[:1]
    nowhere, vague = np.array([[0.0, 0, 20, 40]]), first + 0.6 * np.ptp(first[0, [0, 2]]) * np.array([1, 0, 1, 0])
    corners = np.concatenate([first + 2, nowhere, vague])
    answers = iter(shown)

    def detect(image):
        targets = make_targets(next(answers))
        told = ShownMaps(targets.heatmaps, targets.part_affinity, [1.0, 1.0])
        return replace(nobody(), shown=Shown(told, corners, np.ones(3)))

    with MapsWriter(maps) as writer:
        people = find_people(detect, read, [0, 1], writer.add)
        with pytest.raises(ConfigError, match="gives no maps away"):
            writer.add(0, shown[0], None)
    np.testing.assert_array_equal(people.person[people.image == 0], [0, NOBODY])  # the third one may be anybody
    assert np.isnan(people.keypoints_px).all() and not people.confidence.any()
    np.testing.assert_allclose(people.corners[:2], corners[:2], atol=1e-3)
    write_found(tmp_path / "found.npz", folder, people, maps)
    found = FoundSamples(tmp_path / "found.npz")
    view = refiner_views([found[0]], 1)
    assert not view.keypoints.any() and view.place_weights[0].all() and not view.place_weights[1].any()
    np.testing.assert_array_equal(view.person, [1, 0])
    for number in range(0, K, 5):  # every keypoint's heatmap is highest where the keypoint is
        row, column = np.unravel_index(view.maps[0, number].argmax(), view.maps.shape[2:])
        place = (np.array([column, row]) + 0.5) * CELL_PX - 0.5
        assert np.linalg.norm(place - view.places[0, number]) < 8
    views = stacked([RandomFindings([found], [1.0], None, seed)[(0, 0)] for seed in range(60)])
    without = ~views.maps.reshape(len(views.maps) * 4, -1).any(1)
    assert without.mean() == pytest.approx(MAPLESS, abs=0.12)  # an engine may keep its maps to itself
    told = ~without & (views.person.ravel() > 0)
    peaks = views.maps.reshape(-1, *NOTHING_SHOWN.shape)[told][:, WRIST].reshape(told.sum(), -1).argmax(1)
    places = (np.column_stack([peaks % CELLS, peaks // CELLS]) + 0.5) * CELL_PX - 0.5
    away = np.linalg.norm(places - views.places.reshape(-1, K, 2)[told][:, WRIST], axis=-1)
    assert np.median(away) < 6 and told.sum() > 50  # in turned and mirrored views too
    (maps / "maps.bin").unlink()
    with pytest.raises(ConfigError, match="not a folder of `mocap train maps`"):
        FoundSamples(tmp_path / "found.npz")


def picture(sample):
    """A Sample as the generator's pictures are."""
    people = len(sample)
    labels = SimpleNamespace(
        keypoints_px=sample.keypoints_px, visibility=sample.visibility, joints_camera=sample.joints_camera,
        joint_visibility=np.full(sample.joints_camera.shape[:2], SEEN, np.uint8), heights=np.full(people, 1.7),
        root_rotations=sample.root_rotations, angles=sample.angles, owners=np.zeros(sample.image.shape[:2], np.uint8))
    return SimpleNamespace(image=sample.image, matrix=sample.camera_matrix, labels=labels)


def test_images_without_people_are_passed_over():
    nobody = unlabelled(np.zeros((100, 120, 3), np.uint8))
    views = RandomFindings([[nobody] * 5 + samples(1)], [1.0], [nobody], 1)[(0, 0)]
    assert views.crops.shape == (4, CROP_PX, CROP_PX, 3) and views.person.shape == (4,)


def test_the_exported_network_says_what_the_trained_one_says(tmp_path):
    torch.manual_seed(1)
    model = RefinerNet(0.17).eval()
    export_refiner(model, tmp_path / "refiner.onnx", half_storage=False)
    views = refiner_views(samples(), 1)
    answers = OnnxRefiner(tmp_path / "refiner.onnx", threads=1).infer(*views.told)
    batch = joined([views])
    with torch.inference_mode():
        outputs = model(*batch.told)
    for name in ("places", "certainty", "joints"):
        np.testing.assert_allclose(getattr(answers, name), getattr(outputs, name).numpy(), atol=2e-3)
    np.testing.assert_allclose(answers.seen, torch.sigmoid(outputs.seen_logits).numpy(), atol=1e-4)
    np.testing.assert_allclose(answers.person, torch.sigmoid(outputs.person_logits).numpy(), atol=1e-4)
