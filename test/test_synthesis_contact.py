"""People who touch: hands meet, bodies come no closer than they may; loads lie between the hands."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.synthesis.arrangement import Spot, with_pairs  # noqa: E402
from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.body import posed_points  # noqa: E402
from mocap_ros.synthesis.clothing import dress  # noqa: E402
from mocap_ros.synthesis.contact import DEEPEST, KNUCKLES, PALM, TOUCHES, place_pair  # noqa: E402
from mocap_ros.synthesis.load import load_of  # noqa: E402
from mocap_ros.synthesis.pose import CARRIED, FOREARM, PUSHED, UPPER_ARM  # noqa: E402
from mocap_ros.synthesis.pose_library import draw_pose  # noqa: E402
from mocap_ros.synthesis.reaching import elbow_circles, ELBOWS  # noqa: E402
from mocap_ros.synthesis.solids import box  # noqa: E402
from mocap_ros.synthesis.peopling import stand_person, turned  # noqa: E402
from mocap_ros.synthesis.touching import clearances, in_frame, penetration, surface_of, touching_distance  # noqa: E402
from mocap_ros.synthesis.upright_poses import carrying, pushing, standing  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402
from synthesis_scenes import write_doll  # noqa: E402


@pytest.fixture(scope="module")
def wardrobe(tmp_path_factory):
    path = tmp_path_factory.mktemp("doll") / "assets.npz"
    write_doll(path)
    return Wardrobe(load_assets(path))


def filled_box(centre, size, step=0.02):
    """Points all over the surface of a box, as close as a body's vertices."""
    axes = [np.arange(-each / 2, each / 2 + step / 2, step) for each in size]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    return points[(np.abs(np.abs(points) - np.array(size) / 2) < step / 2).any(1)] + centre


def test_boxes_touch_where_their_faces_meet():
    first, second = filled_box([0, 0, 0], [0.3, 0.4, 0.8]), filled_box([0, 0.1, 0.1], [0.2, 0.4, 0.8])
    assert touching_distance(first, second) == pytest.approx(0.25, abs=0.02)  # m, half of each; the points' spacing
    assert touching_distance(first, second + [0, 1.0, 0]) == 0  # they pass each other


@pytest.mark.parametrize("gap", [-0.1, -0.05, 0.02])
def test_penetration_is_the_least_way_out(gap):
    first, second = filled_box([0, 0, 0], [0.3, 0.4, 0.8]), filled_box([0.3 + gap, 0, 0], [0.3, 0.36, 0.7])
    pieces = [np.zeros(len(each), np.int8) for each in (first, second)]
    found = penetration(first, pieces[0], second, pieces[1])
    assert found == pytest.approx(max(0.0, -gap), abs=0.025)  # m, a cell


def test_clearance_is_the_way_to_the_surface_and_negative_inside():
    generator = np.random.default_rng(0)
    normals = generator.normal(0, 1, (8000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    ball = surface_of(0.3 * normals, normals)
    points = generator.normal(0, 0.3, (50, 4, 3))
    # m: random points on the ball leave gaps of up to 3 cm
    np.testing.assert_allclose(clearances(points, ball), np.linalg.norm(points, axis=-1) - 0.3, atol=0.02)


def test_an_elbow_anywhere_on_its_circle_joins_bones_of_their_lengths():
    generator = np.random.default_rng(1)
    shoulder, length = np.array([0.2, 0.1, 1.4]), 0.55
    wrists = shoulder + generator.uniform(-0.3, 0.3, (20, 3)) + [0.1, 0, 0]
    away = np.linalg.norm(wrists - shoulder, axis=1)
    wrists = wrists[(away > 0.3 * length) & (away < length)]
    poles, elbows = elbow_circles(shoulder, wrists, length)
    assert len(wrists) > 10 and elbows.shape == (len(wrists), ELBOWS, 3)
    assert np.abs(np.linalg.norm(elbows - shoulder, axis=-1) - UPPER_ARM * length).max() < 1e-9
    assert np.abs(np.linalg.norm(elbows - wrists[:, None], axis=-1) - FOREARM * length).max() < 1e-9
    assert np.abs(np.einsum("wei,wi->we", poles, wrists - shoulder)).max() < 1e-9  # poles stand on the line


def test_a_turned_frame_keeps_distances():
    points = np.random.default_rng(0).normal(0, 1, (20, 3))
    along = np.array([np.sin(0.7), np.cos(0.7), 0])
    framed = in_frame(points, along, np.array([0.1, 0.2, 0.3]))
    np.testing.assert_allclose(np.linalg.norm(framed, axis=1), np.linalg.norm(points - [0.1, 0.2, 0.3], axis=1))
    np.testing.assert_allclose(framed[:, 2], points[:, 2] - 0.3)


def pair(wardrobe, kind, seed):
    generator = np.random.default_rng(seed)
    characters = [dress(wardrobe, generator, carrying=False) for _ in range(2)]
    people, depth = place_pair(wardrobe, characters, [None, None], kind, [0.4, 3.0], 0.8, 0.0, generator)
    index, bones = wardrobe.point_index, wardrobe.skeleton.point_bones
    named = [posed_points(each.character.points, bones, each.transforms) for each in people]
    return people, [{name: points[i] for name, i in index.items()} for points in named], depth


@pytest.mark.parametrize("seed", range(3))
def test_hands_that_shake_meet(wardrobe, seed):
    _, (first, second), depth = pair(wardrobe, "handshake", seed)
    reached = min(np.linalg.norm(first[f"{side}_wrist"] - second[f"{side}_wrist"]) for side in "lr")
    # m: two hands lie between the wrists, side by side; the arms' iteration stops at 5 mm
    assert reached == pytest.approx(np.hypot(2 * KNUCKLES, 2 * PALM), abs=0.02)
    assert depth < DEEPEST


@pytest.mark.parametrize("seed", range(3))
def test_held_hands_are_side_by_side(wardrobe, seed):
    _, (first, second), _ = pair(wardrobe, "hands", seed)
    assert np.linalg.norm(first["l_wrist"] - second["r_wrist"]) == pytest.approx(2 * PALM, abs=0.02)  # m
    assert abs(first["l_wrist"][2] - second["r_wrist"][2]) < 0.01


def test_a_roomy_spot_becomes_a_pair_where_pairs_are_wanted():
    generator = np.random.default_rng(0)
    alone, near = Spot(np.array([0, 3.0]), 0.0, ()), Spot(np.array([0.5, 3.0]), 0.0, ())
    assert all(with_pairs([alone], TOUCHES, generator, 1.0)[0].touch in TOUCHES for _ in range(10))
    assert not any(spot.touch for spot in with_pairs([alone, near], TOUCHES, generator, 1.0))


@pytest.mark.parametrize("kind", TOUCHES)
def test_people_who_touch_stand_on_the_floor_around_their_place(wardrobe, kind):
    people, named, _ = pair(wardrobe, kind, 5)
    for person in people:
        assert abs(person.vertices[:, 2].min()) < 1e-4  # m, float32
    middle = np.mean([points["pelvis"][:2] for points in named], 0)
    np.testing.assert_allclose(middle, [0.4, 3.0], atol=1e-4)


def test_who_hugs_puts_both_arms_around_the_other(wardrobe):
    _, (first, second), _ = pair(wardrobe, "hug", 2)
    assert np.linalg.norm((second["pelvis"] - first["pelvis"])[:2]) < 0.6  # m
    for own, other in ((first, second), (second, first)):
        ahead = (other["pelvis"] - own["pelvis"]) * [1, 1, 0]
        ahead /= np.linalg.norm(ahead)
        for side in "lr":
            assert (own[f"{side}_wrist"] - own[f"{side}_shoulder"]) @ ahead > 0.15  # m; the doll's arms are short
            assert other["pelvis"][2] < own[f"{side}_wrist"][2] < other["head_top"][2]


@pytest.mark.parametrize("kind, load", [(carrying, CARRIED), (pushing, PUSHED), (standing, "")])
def test_a_load_lies_where_the_hands_are(wardrobe, kind, load):
    generator = np.random.default_rng(4)
    character = dress(wardrobe, generator, carrying=False)
    pose = turned(draw_pose([], generator, ((kind, 1.0),)), 0.5)
    assert pose.load == load
    person, _ = stand_person(wardrobe, character, pose, None, [0, 3.0], generator)
    solids = load_of(wardrobe, person, pose, 0.5, generator)
    assert len(solids) == bool(load)
    points = posed_points(person.character.points, wardrobe.skeleton.point_bones, person.transforms)
    middle = points[[wardrobe.point_index["l_hand"], wardrobe.point_index["r_hand"]]].mean(0)
    for vertices, _, _ in solids:
        nearest = np.clip(middle, vertices.min(0), vertices.max(0))
        assert np.linalg.norm(nearest - middle) < 0.12  # m: half a box's thickness
    if load == PUSHED:
        assert abs(solids[0][0][:, 2].min() - person.vertices[:, 2].min()) < 1e-4  # wheels stand where the feet do


def test_a_box_has_its_faces_where_it_says():
    vertices, _, _ = box([0, 0, 1], [0.2, 0.4, 0.6])
    np.testing.assert_allclose(np.ptp(vertices, axis=0), [0.2, 0.4, 0.6], atol=1e-6)
