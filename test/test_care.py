"""People who need help: what carries them is under them, hands are where they hold, blankets hide what they cover."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.synthesis.aids import bed, blanket, HANDLES, THICK, walking_frame, wheelchair  # noqa: E402
from mocap_ros.synthesis.arrangement import around_an_act  # noqa: E402
from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.body import posed_points  # noqa: E402
from mocap_ros.synthesis.care import ACTS, ACT_SHARES, cast_for, play  # noqa: E402
from mocap_ros.synthesis.character import BAG, THING  # noqa: E402
from mocap_ros.synthesis.clothing import dress  # noqa: E402
from mocap_ros.synthesis.children import CARRIED_HEIGHT, made_smaller, with_small_children  # noqa: E402
from mocap_ros.synthesis.stock import draw_look, make_stock, Photographs  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402

PLACE = np.array([0.4, 3.0])


@pytest.fixture(scope="module")
def set_(doll):
    """Wardrobe and a small Stock."""
    wardrobe = Wardrobe(load_assets(doll))
    few = dict.fromkeys(("cloths", "sober", "skins", "grounds", "facades", "pictures"), 4)
    return wardrobe, make_stock(wardrobe, Photographs(None), np.random.default_rng(0), characters=6, **few)


def played(set_, name, seed, yaw=0.7):
    """People, their label points by name, and solids of an act."""
    wardrobe, stock = set_
    generator = np.random.default_rng([seed, 5])
    cast = cast_for(name, stock.characters, generator)
    looks = [draw_look(stock, each, generator) for each in cast]
    people, solids = play(name, wardrobe, cast, looks, PLACE, yaw, 0.0, generator)
    points = []
    for person in people:
        places = posed_points(person.character.points, wardrobe.skeleton.point_bones, person.transforms)
        points.append({each: places[number] for each, number in wardrobe.point_index.items()})
    return people, points, solids


@pytest.mark.parametrize("name", ACTS)
def test_whoever_plays_is_near_its_place_and_above_the_floor(set_, name):
    for seed in range(3):
        people, points, solids = played(set_, name, seed)
        act = ACTS[name]
        assert act.adults[0] <= len(people) - act.children <= act.adults[1]
        for person, places in zip(people, points):
            assert np.hypot(*(places["pelvis"][:2] - PLACE)) < 1.4  # m
            assert person.vertices[:, 2].min() > -0.02  # m
        assert all(np.isfinite(vertices).all() and vertices[:, 2].min() > -0.1 for vertices, _, _ in solids)


def test_a_wheelchair_is_under_who_sits_and_its_handles_are_in_the_hands_of_who_pushes(set_):
    pushed = 0
    for seed in range(8):
        people, points, (chair,) = played(set_, "wheelchair", seed)
        sitter = points[0]["pelvis"]
        below = chair[0][(np.abs(chair[0][:, :2] - sitter[:2]) < 0.3).all(1), 2]
        assert below.min() < 0.2 and (people[0].vertices[:, 2].min() > 0.05)  # m: feet on the rests
        if len(people) == 2:
            pushed += 1
            middle = (points[1]["l_hand"] + points[1]["r_hand"]) / 2
            behind = np.array([-np.sin(0.7), np.cos(0.7)])
            assert (middle[:2] - PLACE) @ behind == pytest.approx(HANDLES[1], abs=0.15)  # m: knuckles on a short bar
            assert middle[2] == pytest.approx(HANDLES[2], abs=0.12)
            assert np.linalg.norm(points[1]["l_hand"] - points[1]["r_hand"]) == pytest.approx(2 * HANDLES[0], abs=0.15)
    assert pushed > 0


def test_a_cane_reaches_from_the_hand_to_the_floor(set_):
    for seed in range(4):
        _, (points,), canes = played(set_, "cane", seed)
        for vertices, _, _ in canes:
            assert abs(vertices[:, 2].min()) < 0.03  # m
            hands = [points["l_hand"], points["r_hand"]]
            assert min(np.linalg.norm(vertices - hand, axis=1).min() for hand in hands) < 0.06  # m


def test_a_child_on_an_arm_is_held_above_the_hip_and_in_front_of_the_back(set_):
    for seed in range(4):
        people, (adult, child), _ = played(set_, "child on an arm", seed)
        assert people[1].character.height <= CARRIED_HEIGHT
        assert 0.05 < child["pelvis"][2] - adult["pelvis"][2] < 0.4  # m
        apart = np.linalg.norm((child["pelvis"] - adult["pelvis"])[:2])
        assert 0.08 < apart < 0.6  # m
        ahead = np.array([np.sin(0.7), -np.cos(0.7)])
        assert (child["pelvis"] - adult["pelvis"])[:2] @ ahead > 0
        assert min(np.linalg.norm(adult[f"{side}_wrist"] - child["pelvis"]) for side in "lr") < 0.4


def test_hands_that_draw_somebody_up_meet(set_):
    met = 0
    for seed in range(12):
        _, (sitter, helper), _ = played(set_, "helping up", seed)
        gaps = [np.linalg.norm(sitter[f"{a}_hand"] - helper[f"{b}_hand"]) for a, b in ("lr", "rl")]
        met += max(gaps) < 0.15  # m; the others lay theirs on the shoulders
        on = [np.linalg.norm(sitter[f"{a}_shoulder"] - helper[f"{b}_hand"]) for a, b in ("lr", "rl")]
        assert max(gaps) < 0.3 or min(on) < 0.45
    assert met >= 3


def lies_below(points, cloth):
    """Whether points [m] lie below all vertices of a blanket near them, (N,) bool; True where none is near."""
    flat = np.abs(points[:, None, :2] - cloth[:, :2]).max(2) < 0.025  # m, less than half a cell
    return (~flat | (points[:, None, 2] < cloth[:, 2])).all(1)


def test_a_blanket_covers_the_legs_and_the_head_lies_on_the_pillow(set_):
    covered = 0
    for seed in range(8):
        people, points, solids = played(set_, "bed", seed, yaw=0.0)
        assert points[0]["head_top"][1] > points[0]["pelvis"][1] + 0.3  # m: the head toward the pillow
        assert all(abs(points[0][name][0] - PLACE[0]) < 0.4 for name in ("pelvis", "neck", "head"))  # on the mattress
        if len(solids) == 3:  # frame, mattress, blanket
            covered += 1
            cloth = solids[2][0]
            legs = np.stack([points[0][f"{side}_{name}"] for side in "lr" for name in ("knee", "ankle")])
            legs = legs[np.abs(legs[:, 0] - PLACE[0]) < 0.45]
            body = people[0].character
            bare = np.ones(len(body.vertices), bool)
            bare[body.triangles[np.isin(body.slots, (BAG, THING))]] = False  # bags may stick out
            assert len(legs) > 0 and lies_below(people[0].vertices[bare], cloth).all()
            assert (legs[:, 1] > cloth[:, 1].min()).all() and (legs[:, 1] < cloth[:, 1].max()).all()
    assert covered > 0


def test_a_blanket_lies_above_all_points_within_it_and_hangs_over_the_edges():
    generator = np.random.default_rng(4)
    points = generator.uniform([-0.4, -1.0, 0.5], [0.4, 0.2, 0.8], (300, 3))
    vertices, triangles, _ = blanket(points, 0.5, 0.48, -1.05, 0.25)
    assert lies_below(points, vertices - [0, 0, 0.99 * THICK]).all()
    assert vertices[:, 2].min() < 0.3 and triangles.max() == len(vertices) - 1


@pytest.mark.parametrize("make", [lambda g: wheelchair(0.5, g), lambda g: walking_frame(0.85, 0.27, g),
                                  lambda g: bed(0.5, 0.6, g)[0], lambda g: bed(0.5, 0.6, g)[1]])
def test_aids_stand_on_the_floor_and_are_closed_lists_of_triangles(make):
    for seed in range(4):
        vertices, triangles, texture = make(np.random.default_rng(seed))
        assert len(vertices) == len(texture) and triangles.max() < len(vertices) and triangles.min() == 0
        assert -0.03 < vertices[:, 2].min() < 0.4 and vertices[:, 2].max() < 1.7  # m; a mattress lies higher


def test_nobody_plays_with_a_bag_that_would_lie_below_or_between(set_):
    generator = np.random.default_rng(1)
    pool = [dress(set_[0], generator) for _ in range(10)]
    assert 0 < sum(np.isin(each.slots, (BAG, THING)).any() for each in pool) < 10
    for seed in range(20):
        for name in ACTS:
            assert not any(np.isin(each.slots, (BAG, THING)).any()
                           for each in cast_for(name, pool, np.random.default_rng(seed))[: ACTS[name].adults[1]])


def test_made_smaller_keeps_proportions(set_):
    character = max(set_[1].characters, key=lambda each: each.height)
    small = made_smaller(character, 0.9)
    assert small.height == 0.9
    assert np.abs(small.points * character.height - character.points * 0.9).max() < 1e-6  # float32
    assert np.ptp(small.vertices[:, 2]) / np.ptp(character.vertices[:, 2]) == pytest.approx(0.9 / character.height)
    some = with_small_children([character] * 5, np.random.default_rng(0))
    assert sum(each.height <= CARRIED_HEIGHT for each in some) == 1 and with_small_children([], None) == ()


def test_others_keep_away_from_an_act():
    for seed in range(5):
        spots = around_an_act(6, 3.0, 1.2, 15.0, ACT_SHARES, np.random.default_rng(seed))
        assert spots[0].act in ACTS and not any(spot.act for spot in spots[1:])
        assert all(np.hypot(*(spot.place - spots[0].place)) > 1.4 for spot in spots[1:])  # m
