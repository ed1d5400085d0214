"""BoxNet learns from Stage I's maps where people are; what it learns is what running reads."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from test_training_refiner import picture  # noqa: E402
from training_scenes import people_sample  # noqa: E402

from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datasets.sample import HIDDEN_BY_OTHER, OUTSIDE, SEEN, unlabelled  # noqa: E402
from mocap_ros.datasets.synthetic import write_shard  # noqa: E402
from mocap_ros.datatypes.config import EstimatorConfig  # noqa: E402
from mocap_ros.datatypes.errors import ConfigError, WeightsError  # noqa: E402
from mocap_ros.datatypes.skeleton import K, KEYPOINTS, L, LIMB_INDICES  # noqa: E402
from mocap_ros.decoding.person_boxes import read_boxes  # noqa: E402
from mocap_ros.nets.box_net import BoxNet  # noqa: E402
from mocap_ros.nets.export import export_boxes, export_refiner  # noqa: E402
from mocap_ros.nets.model_format import BOXES_FILE, STRIDE  # noqa: E402
from mocap_ros.nets.onnx_boxes import OnnxBoxes  # noqa: E402
from mocap_ros.nets.refiner_net import RefinerNet  # noqa: E402
from mocap_ros.nets.runtime import load_boxes  # noqa: E402
from mocap_ros.nets.shown_maps import MAP_CHANNELS  # noqa: E402
from mocap_ros.nets.stage_one_maps import StageOneMaps  # noqa: E402
from mocap_ros.training.box_maps import (  # noqa: E402
    COLUMNS, fainter_maps, mirrored_boxes, RandomMaps, ROWS, shifted_maps)
from mocap_ros.training.box_targets import box_losses, box_targets, BoxTargets, person_boxes  # noqa: E402
from mocap_ros.training.stored_maps import FAINTEST, mirrored_maps, store_maps, StoredMaps  # noqa: E402
from mocap_ros.training.targets import make_targets  # noqa: E402
from mocap_ros.training.train_boxes import (  # noqa: E402
    BoxTraining, box_net_of, CHECKPOINT, score_boxes, train_boxes)
from mocap_ros.training.checkpoint import load_checkpoint  # noqa: E402

TINY = dict(width=0.25, batch=4, steps=4, warmup=1, decay=1, threads=1, workers=0, save_every=100, log_every=2,
            precision="fp32")


def places(seed):
    """Roots of three people who stand apart [m], (3, 3)."""
    generator = np.random.default_rng(seed)
    return np.column_stack([np.array([-1.6, 0.1, 1.7]) + generator.uniform(-0.3, 0.3, 3),
                            generator.uniform(-0.2, 0.2, 3), generator.uniform(4.5, 7, 3)])


def samples(count):
    return [people_sample(places(seed), generator=np.random.default_rng(seed)) for seed in range(count)]


def true_maps(shown):
    """An `infer` that answers image by image with the training targets of the Samples `shown`."""
    answers = iter(make_targets(each) for each in shown)

    def infer(images):
        targets = next(answers)
        return StageOneMaps(targets.heatmaps[None], targets.part_affinity[None], targets.encodings[None])

    return infer


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder, shown = tmp_path_factory.mktemp("maps"), samples(6)
    store_maps(true_maps(shown), shown, range(6), folder, (256, 192))
    return StoredMaps(folder)


def test_boxes_go_round_the_keypoints_in_the_image_and_ask_for_whom_enough_is_seen():
    points = np.zeros((4, K, 2))
    points[..., 0], points[..., 1] = np.linspace(10, 50, K), np.linspace(20, 120, K)
    visibility = np.full((4, K), SEEN)
    visibility[1, 3:] = OUTSIDE
    visibility[2] = HIDDEN_BY_OTHER
    visibility[3] = OUTSIDE
    shown = np.where((visibility > OUTSIDE)[..., None], points, np.nan)
    boxes, wanted = person_boxes(shown, visibility)
    np.testing.assert_allclose(boxes[[0, 2]], [[10, 20, 50, 120]] * 2)
    np.testing.assert_allclose(boxes[1], [10, 20, points[0, 2, 0], points[0, 2, 1]])
    np.testing.assert_array_equal(wanted, [True, True, False])  # three keypoints are enough, hidden ones are not
    assert person_boxes(shown[3:], visibility[3:])[0].shape == (0, 4)


def test_what_is_asked_for_is_what_is_read():
    boxes = np.array([[30.0, 40, 70, 140], [200, 60, 330, 300], [400, 10, 420, 50]])
    chance, weights, sides, box_weights = box_targets(boxes, np.array([True, True, False]), ROWS, COLUMNS)
    found = read_boxes(chance, sides, STRIDE, 0.99)
    np.testing.assert_allclose(sorted(found.corners.tolist()), boxes[:2], atol=1e-3)
    assert (chance == 1).sum() == 2 and not box_weights[weights == 0].any()
    assert weights[3, 50] == 0 and weights[20, 5] == 1  # the middle of whom nobody must find; that of nobody
    perfect = BoxTargets(*(torch.from_numpy(each)[None] for each in (chance, weights, sides, box_weights)))
    answer = type("Answer", (), {"chance_logits": torch.from_numpy(np.where(chance == 1, 12.0, -12.0))[None],
                                 "boxes": torch.from_numpy(sides)[None]})
    losses = box_losses(answer, perfect)
    assert losses.chance < 0.01 and losses.boxes < 1e-3
    answer.boxes = answer.boxes * 1.5
    assert 0.2 < box_losses(answer, perfect).boxes < 2


def test_fainter_maps_tell_of_the_same_people_less_surely_and_not_of_all_alike():
    maps = np.concatenate([np.ones((K, ROWS, COLUMNS)), np.full((2 * L, ROWS, COLUMNS), -0.5)]).astype(np.float32)
    faint = [fainter_maps(maps, np.random.default_rng(seed)) for seed in range(20)]
    for each in faint:
        assert ((each[:K] > 0) & (each[:K] <= 1)).all() and ((each[K:] < 0) & (each[K:] >= -0.5)).all()
        limb = each[K:].reshape(L, 2, ROWS, COLUMNS)
        np.testing.assert_array_equal(limb[:, 0], limb[:, 1])  # a field keeps its direction
        np.testing.assert_allclose(limb[0, 0] / -0.5, each[list(LIMB_INDICES[0])].min(0), rtol=1e-5)
        assert each[0].max() > 1.5 * each[0].min() and np.abs(np.diff(each[0])).max() < 0.1  # smooth over the image
    assert FAINTEST ** 2 < np.median(np.stack(faint)[:, :K]) < 1


def test_what_is_stored_is_what_was_seen(stored):
    shown = samples(6)
    assert len(stored) == 6
    maps, boxes, wanted = stored[2]
    targets = make_targets(shown[2])
    np.testing.assert_allclose(maps[:K], targets.heatmaps, atol=1e-3)
    np.testing.assert_allclose(maps[K:], targets.part_affinity.reshape(2 * L, *maps.shape[1:]), atol=1e-3)
    np.testing.assert_allclose(boxes[:, :2], shown[2].keypoints_px.min(1), atol=1e-3)
    assert wanted.all() and len(wanted) == 3


def test_files_that_hold_no_maps_are_refused(tmp_path, stored):
    with pytest.raises(ConfigError, match="not a folder of `mocap train maps`"):
        StoredMaps(tmp_path)
    shown = samples(1)
    store_maps(true_maps(shown), shown, [0], tmp_path, (256, 192))
    (tmp_path / "maps.bin").write_bytes(b"\0" * 64)
    with pytest.raises(ConfigError, match="does not hold the maps"):
        StoredMaps(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError):
        store_maps(true_maps(shown), shown, [0], tmp_path / "file")


def test_a_mirror_image_is_what_the_mirrored_people_show():
    plain = people_sample(places(3))
    turned = people_sample(places(3) * [-1, 1, 1])  # the camera's middle is the image's
    maps = [np.concatenate([each.heatmaps, each.part_affinity.reshape(2 * L, *each.heatmaps.shape[1:])])
            for each in map(make_targets, (plain, turned))]
    boxes = person_boxes(plain.shown_px, plain.visibility)[0]
    there, mirrored = mirrored_maps(maps[0]), mirrored_boxes(boxes, maps[0].shape[2])
    body = [name not in ("nose", "l_eye", "r_eye", "l_ear", "r_ear") for name in KEYPOINTS]  # the face is not symmetric
    assert np.abs(there[:K][body] - maps[1][:K][body]).max() < 0.02
    agreement = (there[K:] * maps[1][K:]).sum() / (maps[1][K:] ** 2).sum()
    assert agreement > 0.9
    again, back = mirrored_maps(there), mirrored_boxes(mirrored, there.shape[2])
    np.testing.assert_array_equal(again, maps[0])
    np.testing.assert_allclose(back, boxes, atol=1e-4)


def test_a_view_is_moved_with_its_boxes_and_cut_at_its_border():
    maps = np.arange(MAP_CHANNELS * ROWS * COLUMNS, dtype=np.float32).reshape(MAP_CHANNELS, ROWS, COLUMNS)
    boxes = np.array([[0.0, 0, 30, 40], [100, 100, 200, 200], [480, 10, 511, 60]])
    view, moved, wanted = shifted_maps(maps, boxes, np.array([True, False, True]), np.array([-2, 5]))
    np.testing.assert_array_equal(view[:, :-2, 5:], maps[:, 2:, :-5])
    assert not view[:, -2:].any() and not view[:, :, :5].any()
    np.testing.assert_allclose(moved, [[40, 0, 70, 24], [140, 84, 240, 184]])  # the third is outside now
    np.testing.assert_array_equal(wanted, [True, False])
    smaller = shifted_maps(maps[:, :10, :20], boxes[:1], np.array([True]), np.array([30, 50]))[0]
    np.testing.assert_array_equal(smaller[:, 30:, 50:], maps[:, :10, :14])


def test_resuming_is_the_same_as_never_stopping(tmp_path, stored):
    settings = BoxTraining(**TINY)
    whole = train_boxes(settings, [stored], [1.0], tmp_path / "whole").state_dict()
    train_boxes(settings, [stored], [1.0], tmp_path / "parts", stop=2)
    parts = train_boxes(settings, [stored], [1.0], tmp_path / "parts", resume=True).state_dict()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name
    again = box_net_of(load_checkpoint(tmp_path / "whole" / CHECKPOINT)).state_dict()
    assert all(torch.equal(value, again[name]) for name, value in whole.items())
    begun = train_boxes(replace(settings, steps=1, rate=0.0), [stored], [1.0], tmp_path / "begun",
                        start_from=tmp_path / "whole" / CHECKPOINT).state_dict()
    assert torch.equal(begun["head.weight"], whole["head.weight"])
    with pytest.raises(WeightsError, match="width=0.25 cannot go on with width=0.5"):
        train_boxes(replace(settings, width=0.5), [stored], [1.0], tmp_path / "parts", resume=True)


def test_it_learns_where_people_are(tmp_path, stored):
    settings = BoxTraining(**{**TINY, "steps": 120, "decay": 60, "average": 0.8, "rate": 1e-2})
    before = score_boxes(BoxNet(0.25).eval(), stored)
    after = score_boxes(train_boxes(settings, [stored], [1.0], tmp_path), stored)
    assert before.found < 0.2 and after.found > 0.8 and after.false < 1
    assert after.boxes == pytest.approx(3 * after.found + after.false, abs=0.5)


def test_nobody_in_a_picture_is_learned_from_too(tmp_path):
    empty = [unlabelled(np.zeros((192, 256, 3), np.uint8))] * 2
    store_maps(true_maps(empty), empty, range(2), tmp_path, (256, 192))
    maps, targets = RandomMaps([StoredMaps(tmp_path)], [1.0], 1)[(0, 0)]
    assert maps.shape == (MAP_CHANNELS, ROWS, COLUMNS) and not targets.chance.any() and targets.weights.all()


def test_the_exported_network_says_what_the_trained_one_says_at_any_size(tmp_path):
    torch.manual_seed(1)
    model = BoxNet(0.25).eval()
    path = tmp_path / BOXES_FILE
    export_boxes(model, path, half_storage=False)
    engine = OnnxBoxes(path, threads=1)
    for rows, columns in ((40, 64), (22, 22), (26, 34)):
        heatmaps, fields = torch.rand(1, K, rows, columns), torch.randn(1, L, 2, rows, columns)
        with torch.inference_mode():
            wanted = model(heatmaps, fields)
        chances, boxes = engine.infer(StageOneMaps(heatmaps.numpy(), fields.numpy(), None))
        np.testing.assert_allclose(chances, torch.sigmoid(wanted.chance_logits)[0].numpy(), atol=1e-4)
        np.testing.assert_allclose(boxes, wanted.boxes[0].numpy(), rtol=1e-3, atol=1e-3)
    assert load_boxes(EstimatorConfig(boxes=str(tmp_path), threads=1)).infer(
        StageOneMaps(heatmaps.numpy(), fields.numpy(), None))[0].shape == (26, 34)
    assert load_boxes(EstimatorConfig(boxes="")) is None
    export_refiner(RefinerNet(0.17), path)
    with pytest.raises(WeightsError, match="its stage is not this program's"):
        OnnxBoxes(path)


def test_the_commands_keep_maps_and_learn_from_them(tmp_path, capsys):
    shards, maps, run = (tmp_path / name for name in ("shards", "maps", "run"))
    shards.mkdir()
    write_shard(shards, 0, [picture(each) for each in samples(2)])
    assert main(["train", "maps", "--data", str(shards), "--threads", "1", "--out", str(maps)]) == 0
    assert len(StoredMaps(maps)) == 2
    changes = [part for name, value in TINY.items() for part in ("--set", f"{name}={value}")]
    assert main(["train", "boxes", "--maps", f"{maps}=2", "--validation", str(maps), "--out", str(run),
                 "--checkpoint", str(tmp_path / "slim.pt"), *changes]) == 0
    said = capsys.readouterr().out
    assert "step 4: found" in said and (run / BOXES_FILE).is_file() and (tmp_path / "slim.pt").is_file()
    assert main(["train", "boxes", "--resume", "--out", str(run), "--set", "steps=5"]) == 0
    assert load_checkpoint(run / CHECKPOINT)["step"] == 5
    for options, words in ((["maps", "--out", str(maps)], "give either --data or --negatives"),
                           (["maps", "--data", str(shards), "--first", "9", "--out", str(maps)], "there are 2 images"),
                           (["boxes", "--out", str(run)], "give --maps"),
                           (["boxes", "--maps", str(shards), "--out", str(run)], "not a folder of `mocap train maps`")):
        assert main(["train", *options]) == 2
        assert words in capsys.readouterr().err
