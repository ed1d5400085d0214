"""Batched drawing in torch draws what the numba renderer draws: surfaces, people, visibility, targets."""

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from synthesis_scenes import write_doll  # noqa: E402

from mocap_ros.datasets.augmentation import AugmentationConfig  # noqa: E402
from mocap_ros.datasets.sample import SEEN, Sample  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT, JOINTS, KEYPOINT_MIRROR, KEYPOINTS  # noqa: E402
from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.batched.drawer import Drawer  # noqa: E402
from mocap_ros.synthesis.batched.hiding import Covers, draw_cover  # noqa: E402
from mocap_ros.synthesis.batched.lens import draw_lens  # noqa: E402
from mocap_ros.synthesis.batched.packed import pack, points_camera  # noqa: E402
from mocap_ros.synthesis.batched.triangles import rasterise  # noqa: E402
from mocap_ros.synthesis.drawing import draw  # noqa: E402
from mocap_ros.synthesis.labels import label_people  # noqa: E402
from mocap_ros.synthesis.raster import rasterise as rasterise_in_numba  # noqa: E402
from mocap_ros.synthesis.staging import stage_scene  # noqa: E402
from mocap_ros.synthesis.stock import Photographs, make_stock  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402
from mocap_ros.training.batch_stream import DrawnPeople  # noqa: E402
from mocap_ros.training.batch_targets import batch_targets  # noqa: E402
from mocap_ros.training.drawn_views import StagedViews, ViewDrawer  # noqa: E402
from mocap_ros.training.operation_count import OperationCount  # noqa: E402
from mocap_ros.training.targets import bone_vectors, make_targets  # noqa: E402

HEIGHT, WIDTH = 320, 512


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Asset file, Wardrobe, clips and a small Stock of jointed dolls."""
    path = tmp_path_factory.mktemp("doll") / "doll.npz"
    write_doll(path)
    assets = load_assets(path)
    wardrobe = Wardrobe(assets)
    stock = make_stock(wardrobe, Photographs(None), np.random.default_rng(3), characters=4, cloths=4, sober=3, skins=24,
                       grounds=4, facades=2, pictures=2)
    return path, wardrobe, list(assets.clips.values()), stock


@pytest.fixture(scope="module")
def drawn(world):
    """Scenes of crowds and groups, each drawn by numba, and all of them as one batch by torch."""
    _, wardrobe, clips, stock = world
    scenes = [stage_scene(wardrobe, stock, Photographs(None), clips, np.random.default_rng(seed)) for seed in (1, 2, 4)]
    plain = [draw(scene, stock, lambda stage: None) for scene in scenes]
    numbers = {id(each): n for n, each in enumerate((*stock.characters, *stock.far_characters))}
    identity = np.eye(3)[:2]
    packed = pack(scenes, [identity] * len(scenes), numbers, wardrobe)
    generator = np.random.default_rng(0)

    def stacked(parts):
        return type(parts[0])(*(torch.from_numpy(np.stack(values)) for values in zip(*parts)))

    lens = stacked([draw_lens(generator) for _ in scenes])
    covers = stacked([draw_cover(generator) for _ in scenes])
    covers = Covers(covers.middle, covers.half * 0, covers.is_ellipse, covers.is_patch, covers.colour)
    drawer = Drawer(stock, HEIGHT, WIDTH, torch.device("cpu"))
    return scenes, plain, packed, drawer.draw(packed, lens, covers, torch.Generator().manual_seed(1))


def test_triangles_of_any_size_are_drawn_as_numba_draws_them():
    generator = np.random.default_rng(0)
    centres, sizes = generator.uniform(-20, 220, (400, 1, 2)), np.exp(generator.uniform(-1, 5, (400, 1, 1)))
    corners = centres + sizes * generator.normal(0, 1, (400, 3, 2))
    depth = generator.uniform(-0.05, 1, (400, 3, 1))
    screen = np.concatenate([corners, depth], 2).reshape(-1, 3).astype(np.float32)
    triangles = np.arange(1200, dtype=np.int32).reshape(-1, 3)
    two_sided = (generator.random(400) < 0.5).astype(np.int8)
    expected, numbers = np.zeros((150, 200), np.float32), np.full((150, 200), -1, np.int32)
    rasterise_in_numba(screen, triangles, two_sided, expected, numbers)
    found, ids = rasterise(torch.from_numpy(screen), torch.from_numpy(triangles).long(), torch.zeros(400).long(),
                           torch.from_numpy(two_sided).bool(), 1, 150, 200)
    assert (ids[0].numpy() == numbers).mean() > 0.999  # samples on an edge fall to either side
    same = ids[0].numpy() == numbers
    np.testing.assert_allclose(found[0].numpy()[same], expected[same], rtol=1e-4, atol=1e-5)
    assert len(np.unique(numbers)) > 50


def test_depth_and_silhouettes_are_those_of_the_numba_renderer(drawn):
    scenes, plain, _, batch = drawn
    assert sum(len(scene.people) for scene in scenes) >= 4
    first = 0
    for image, (scene, drawing) in enumerate(zip(scenes, plain)):
        depth = batch.inverse_depth[image].numpy()
        same = (depth > 0) == (drawing.inverse_depth > 0)
        assert same.mean() > 0.999
        near = np.abs(depth - drawing.inverse_depth) < 1e-3 * np.maximum(drawing.inverse_depth, 0.05)
        assert near.mean() > 0.995  # skinning in another order moves a few silhouettes by a sample
        owners = drawing.owners[drawing.triangle_ids]
        found = batch.owners[image].numpy()
        for person in range(len(scene.people)):
            a, b = owners == person, found == person + first
            assert not a.sum() and not b.sum() or (a & b).sum() / (a | b).sum() > 0.98
        first += len(scene.people)


def test_keypoints_and_what_hides_them_are_those_of_the_labels(world, drawn):
    scenes, plain, _, batch = drawn
    labels = [label_people(scene, drawing, world[1]) for scene, drawing in zip(scenes, plain)]
    points = np.concatenate([each.keypoints_px for each in labels])
    codes = np.concatenate([each.visibility for each in labels])
    inside = codes > 0
    np.testing.assert_allclose(batch.keypoints_view.numpy()[inside], points[inside], atol=1e-2)
    assert (batch.visibility.numpy() == codes).mean() > 0.99  # a keypoint at a silhouette may fall to either side
    assert len(np.unique(codes)) >= 3


def test_colours_are_those_of_the_numba_renderer(drawn):
    """Linear RGB before the lens; 1 is a sunlit white wall."""
    _, plain, _, batch = drawn
    for drawing, found in zip(plain, batch.linear.numpy()):
        difference = np.abs(found - drawing.image).max(2)
        assert np.median(difference) < 2e-3 and (difference > 0.05).mean() < 0.02  # texels and shadows at their borders
        assert abs(found.mean() - drawing.image.mean()) < 5e-3


def test_targets_of_a_batch_are_those_of_each_image(world, drawn):
    _, wardrobe, _, _ = world
    scenes, plain, _, _ = drawn
    samples = []
    for scene, drawing in zip(scenes, plain):
        labels = label_people(scene, drawing, wardrobe)
        samples.append(Sample(np.zeros((HEIGHT, WIDTH, 3), np.uint8), labels.keypoints_px, labels.visibility,
                              labels.joints_camera, scene.view.matrix))
    people = max(len(sample) for sample in samples)

    def padded(values, fill):
        out = np.full((len(values), people) + values[0].shape[1:], fill, np.float32)
        for row, value in zip(out, values):
            row[:len(value)] = value
        return torch.from_numpy(out)

    for supervision in ("sparse", "dense"):
        found = batch_targets(
            padded([each.keypoints_px for each in samples], np.nan),
            padded([each.visibility for each in samples], 0).to(torch.uint8),
            padded([bone_vectors(each).astype(np.float32) for each in samples], np.nan), HEIGHT, WIDTH, supervision)
        for image, sample in enumerate(samples):
            for name, expected, value in zip(found._fields, make_targets(sample, supervision=supervision), found):
                differs = np.abs(value[image].numpy() - expected) > 1e-4
                assert differs.mean() < 1e-4, name  # cells exactly on a limb's border fall to either side


@pytest.fixture(scope="module")
def views(world):
    """StagedViews of dolls, small."""
    return StagedViews(DrawnPeople(str(world[0]), characters=3), AugmentationConfig(width=96, height=128), seed=5)


def staged_batch(views, step, count):
    return views.collate([views[(step, place)] for place in range(count)])


def test_a_view_shows_its_people_where_its_labels_say(views):
    """Zoomed, turned and mirrored: the pixel of every joint that is seen belongs to its person.

    Eyes and ears are left out: a doll's lie beside its round head.
    """
    staged = staged_batch(views, 2, 4)
    draw_views = ViewDrawer(views, torch.device("cpu"))
    pictures, targets = draw_views(1, staged)
    assert pictures.shape == (4, 128, 96, 3) and pictures.dtype == torch.uint8
    assert float(pictures.float().std()) > 10 and staged.mirrored.any() and not staged.mirrored.all()
    assert float(targets.heatmaps.amax()) > 0.7 and targets.heatmaps.shape == (4, len(KEYPOINTS), 16, 12)
    batch = draw_views.drawer.draw(staged.scenes, staged.lens, staged.covers, torch.Generator())
    seen, on_body = 0, np.flatnonzero(JOINT_OF_KEYPOINT >= 0)
    for person, (image, _) in enumerate(staged.places.tolist()):
        for point, code in zip(batch.keypoints_view[person, on_body], batch.visibility[person, on_body]):
            column, row = (2 * point).long().tolist()
            if code == SEEN:
                assert person in batch.owners[image, max(row - 3, 0):row + 4, max(column - 3, 0):column + 4]
                seen += 1
    assert seen > 10


def test_a_mirrored_view_is_the_mirror_image_with_left_and_right_exchanged(views):
    shown = []
    for chance in (0.0, 1.0):
        same = copy(views)
        same.augmentation = replace(views.augmentation, mirror=chance)
        shown.append(ViewDrawer(same, torch.device("cpu"))(0, staged_batch(same, 0, 2)))
    (plain, targets), (mirrored, mirrored_targets) = shown
    assert torch.equal(mirrored, plain.flip(2))
    swapped = targets.heatmaps[:, KEYPOINT_MIRROR.tolist()].flip(3)
    np.testing.assert_allclose(mirrored_targets.heatmaps, swapped, atol=1e-4)  # float32 pixels
    assert not torch.allclose(targets.heatmaps.flip(3), swapped, atol=1e-2)


def test_the_same_step_shows_the_same_again_and_another_step_something_else(world, views):
    again = StagedViews(DrawnPeople(str(world[0]), characters=3), views.augmentation, views.seed)
    one, other, same = ((ViewDrawer(each, torch.device("cpu"))(step, staged_batch(each, step, 2)))
                        for each, step in ((views, 3), (views, 4), (again, 3)))
    assert torch.equal(one[0], same[0]) and all(torch.equal(a, b) for a, b in zip(one[1], same[1]))
    assert not torch.equal(one[0], other[0])


def test_joints_by_name_are_in_the_camera_frame(world, drawn):
    scenes = drawn[0]
    person, view = scenes[0].people[0], scenes[0].view
    joints = points_camera(person, view, world[1], JOINTS)
    assert joints.shape == (21, 3) and (joints[:, 2] > 0).all()


def test_operations_and_waits_of_a_batch_do_not_grow_with_its_images_and_people(views):
    """A GPU is kept busy only where the host neither launches kernels image by image nor waits for sizes often."""
    counts = []
    for images in (2, 6):
        staged, draw_views = staged_batch(views, 0, images), ViewDrawer(views, torch.device("cpu"))
        draw_views(0, staged)  # sends the stock and constants
        with OperationCount() as count:
            draw_views(0, staged)
        counts.append((len(staged.places), count.operations, sum(count.waits.values())))
    (few, operations, waits), (many, as_many, as_often) = counts
    assert many > 2 * few and as_many <= operations * 1.01 and as_often <= waits <= 13, counts


def test_what_the_host_waits_for_is_counted():
    values = torch.arange(6.0)
    with OperationCount() as count:
        float(values.sum()), values[values > 2], torch.repeat_interleave(torch.arange(3)), torch.tensor([1.0])
        torch.repeat_interleave(torch.arange(3), output_size=3), values[torch.tensor(1, dtype=torch.int64)]
    assert count.waits == {"aten::_local_scalar_dense": 2, "aten::index": 1, "aten::repeat_interleave": 1,
                           "aten::lift_fresh": 2}


def test_bytes_are_those_that_an_operation_touches():
    table, picked, repeated = torch.zeros(1000), torch.tensor([3, 4]), torch.zeros(1).expand(100)
    for operation, wanted in ((lambda: table + 1, 8000), (lambda: table[picked], 32), (lambda: repeated + 1, 404),
                              (lambda: table.view(10, 100), 0)):
        with OperationCount() as count:
            operation()
        assert count.bytes == wanted
