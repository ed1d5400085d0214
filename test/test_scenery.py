"""Things that stand about: they stand on the ground, clear of people and each other, in the colours they are given."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.clearance import bounds, ground_taken, is_clear  # noqa: E402
from mocap_ros.synthesis.clothing import dress  # noqa: E402
from mocap_ros.synthesis.drawing import _collect  # noqa: E402
from mocap_ros.synthesis.finishes import FINISHES, finished  # noqa: E402
from mocap_ros.synthesis.furnishing import BEFORE_EYE, Furnisher, furnish_open, furnish_room, furnish_street, KERB  # noqa: E402
from mocap_ros.synthesis.peopling import scattered_things, stand_person, textured  # noqa: E402
from mocap_ros.synthesis.pose import FEET, neutral, Pose  # noqa: E402
from mocap_ros.synthesis.scene import Scene, view_toward  # noqa: E402
from mocap_ros.synthesis.scenery import make_things, ROOM, STREET  # noqa: E402
from mocap_ros.synthesis.setting import draw_light, draw_surroundings_box  # noqa: E402
from mocap_ros.synthesis.shadow_map import SHADOW_SIZE, SHADOWED, shadow_map_of  # noqa: E402
from mocap_ros.synthesis.solids import box, cylinder, lofted, placed, rounded_loop  # noqa: E402
from mocap_ros.synthesis.stock import draw_look, make_stock, Photographs  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402

LONGEST = {"car": 4.7, "van": 5.6, "tree": 9.0, "lamp": 4.0, "railing": 6.1, "stall": 4.0, "parasol": 3.6,
           "curtains": 3.4}  # m


@pytest.fixture(scope="module")
def set_(doll):
    """Wardrobe, a small Stock, and four people around (0, 6)."""
    wardrobe, generator = Wardrobe(load_assets(doll)), np.random.default_rng(0)
    few = dict.fromkeys(("cloths", "sober", "skins", "grounds", "facades", "pictures"), 4)
    stock, people = make_stock(wardrobe, Photographs(None), generator, characters=2, **few), []
    for x, y in ((0, 6), (1.5, 7), (-2, 9), (0.5, 4)):
        character = dress(wardrobe, generator)
        pose = Pose(neutral(), FEET, np.zeros(2))
        look = draw_look(stock, character, generator)
        people.append(stand_person(wardrobe, character, pose, look, np.array([x, y]), generator)[0])
    return wardrobe, stock, people


def _volume(solid):
    """Volume below a surface that is open only toward the origin [m3]."""
    a, b, c = (solid[0][solid[1][:, corner]].astype(float) for corner in range(3))
    return np.einsum("fi,fi->f", a, np.cross(b, c)).sum() / 6


def test_a_cylinder_and_a_cone_hold_what_they_should():
    assert _volume(cylinder([0, 0, 0], 0.3, 2.0, 400)) == pytest.approx(np.pi * 0.09 * 2, rel=1e-3)  # a polygon
    assert _volume(cylinder([0, 0, 0], 0.3, 2.0, 400, 0.1)) == pytest.approx(np.pi * 2 / 3 * 0.13, rel=1e-3)


def test_a_loft_through_equal_loops_is_a_prism():
    loop = rounded_loop(0.4, 0.5, 0.3, 0.0, 60.0, 400)
    solid = lofted([loop, loop + [0, 0, 0.5], loop + [0, 0, 1.5]], lid=True)
    assert _volume(solid) == pytest.approx(0.8 * 0.8 * 1.5, rel=0.03)  # nearly a rectangle
    np.testing.assert_allclose([solid[0][:, 1].min(), solid[0][:, 1].max()], [-0.5, 0.3], atol=1e-3)  # m


@pytest.mark.parametrize("makers", [STREET, ROOM], ids=["street", "room"])
def test_things_stand_on_the_ground_and_are_of_known_finishes(makers):
    things = make_things(makers, np.random.default_rng(3), 6)
    assert {thing.kind for thing in things} == set(makers)
    for thing in things:
        places = np.concatenate([solid[0] for solid, _ in thing.parts])
        assert np.isfinite(places).all() and {finish for _, finish in thing.parts} <= set(FINISHES)
        hangs = thing.kind in ("hung coats",)
        assert -0.06 < places[:, 2].min() < (1.2 if hangs else 0.1), thing.kind  # m
        assert np.ptp(places[:, :2], axis=0).max() < LONGEST.get(thing.kind, 2.9), thing.kind
        for vertices, triangles, texture in (solid for solid, _ in thing.parts):
            assert len(texture) == len(vertices) and triangles.min() >= 0 and triangles.max() < len(vertices)


def test_windows_and_wheels_of_cars_are_on_their_bodies():
    for seed in range(12):
        for make in (STREET["car"], STREET["van"]):
            parts = make(np.random.default_rng(seed))
            body = bounds(next(solid[0] for solid, finish in parts if finish == "paint"))
            for solid, finish in parts:
                low, high = bounds(solid[0])
                assert (low[:2] > body[0, :2] - 0.09).all() and (high[:2] < body[1, :2] + 0.09).all(), finish  # m
                assert high[2] < body[1, 2] + 0.01


def test_a_finish_gives_its_colour(set_):
    _, stock, _ = set_
    generator = np.random.default_rng(1)
    for name in ("white", "rubber", "bark"):
        solid = finished(stock, box([0, 0, 0], [1, 1, 1]), name, generator)
        colour = stock.coarse[solid.texture].mean((0, 1)) / 255 * solid.tint
        lows, highs = zip(*(each[2] for each in FINISHES[name].colours))
        assert min(lows) - 0.01 < colour.max() < max(highs) + 0.01  # the value of a colour is its largest part


@pytest.mark.parametrize("where", ["street", "room", "photograph of a street", "photograph of a room"])
def test_things_stand_clear_of_people_of_each_other_and_of_the_eye(set_, where):
    _, stock, people = set_
    view, standing = view_toward(512, 320, 420.0, [0, 0, 1.4], 0.0), 0
    for seed in range(6):
        generator = np.random.default_rng(seed)
        stood, outdoors = (ground_taken(people, []), len(people)), "street" in where
        if "photograph" in where:
            solids = furnish_open(stock, outdoors, *stood, view, generator)
        else:
            around = draw_surroundings_box(stock, generator, [(0, 0), (0, 9), (-2, 9)], outdoors)
            solids = (furnish_street if outdoors else furnish_room)(stock, around, *stood, view, generator)
        taken = [bounds(person.vertices) for person in people]
        high = [each.solid[0] for each in solids if each.solid[0][:, 2].max() > KERB[0] + 0.01]
        for vertices in high:
            assert is_clear(bounds(vertices), taken, 0.05)
            away = np.maximum(np.maximum(bounds(vertices)[0] - view.eye, view.eye - bounds(vertices)[1])[:2], 0)
            assert np.linalg.norm(away) > BEFORE_EYE - 1e-6
            assert view.to_camera(vertices.astype(float))[:, 2].min() > 0.3  # m, none is cut by the lens
        standing += len(high)
    assert standing > 5


def test_what_has_no_room_is_left_out(set_):
    _, stock, people = set_
    generator = np.random.default_rng(0)
    around = draw_surroundings_box(stock, generator, [(0, 0), (0, 9), (-2, 9)], True)
    street = Furnisher(stock, around.low, around.high, around.yaw, ground_taken(people, []), len(people),
                       view_toward(512, 320, 420.0, [0, 0, 1.4], 0.0), generator)
    car = next(thing for thing in stock.street if thing.kind == "car")
    here = people[0].vertices[:, :2].mean(0) @ street.turn[:2, :2]
    street.put(car, *here, 0.0)
    assert not street.placed
    street.put(car, around.high[0] + 5, 8.0, 0.0)  # behind the wall
    street.put(car, here[0], -6.0, 0.0)  # behind the camera
    assert not street.placed and street.number == 0


def test_furniture_that_stands_about_keeps_off_people_and_what_they_use(set_):
    _, stock, people = set_
    bed = textured(stock, placed(box([0, 0, 0.3], [2.2, 1.0, 0.6]), [2.5, 5.0, 0], 0.4), np.random.default_rng(0))
    taken = [bounds(person.vertices) for person in people] + [bounds(bed.solid[0])]
    count = 0
    for seed in range(30):
        things = scattered_things(stock, [], ground_taken(people, [bed]), 5.0, 1.2, 3, np.random.default_rng(seed))
        count += len(things)
        assert all(is_clear(bounds(thing.solid[0]), taken, 0.04) for thing in things)
    assert count > 30


def test_far_things_leave_the_shadows_of_people_sharp(set_):
    _, stock, people = set_
    generator = np.random.default_rng(2)
    far = [textured(stock, placed(box([0, 0, 1], [2, 2, 2]), [x, 80.0, 0], 0.0), generator) for x in (-40, 40)]
    light, view = draw_light(generator, True), view_toward(512, 320, 420.0, [0, 0, 1.4], 0.0)
    span = np.concatenate([person.vertices for person in people])
    for solids in ([], far):
        geometry = _collect(Scene(view, tuple(people), tuple(solids), light, None, None, 0.0, 0.0))
        _, affine = shadow_map_of(geometry, light.sun, len(span))
        samples = np.linalg.norm(affine[0, :3])  # a metre
        assert samples > (SHADOW_SIZE - 4) / (np.linalg.norm(np.ptp(span, axis=0)) + 2 * SHADOWED)
