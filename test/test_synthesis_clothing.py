"""Clothes: cutting, hanging, what lies outside what, and what people wear together."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.datatypes.errors import ConfigError  # noqa: E402
from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.body import pack_weights, shape_vertices, vertex_normals  # noqa: E402
from mocap_ros.synthesis.character import BOTTOM, OUTER, TOP, MeshParts  # noqa: E402
from mocap_ros.synthesis.clothing import dress  # noqa: E402
from mocap_ros.synthesis.cutting import Cloth, cut, drawn_out, unwrapped  # noqa: E402
from mocap_ros.synthesis.drape import STEP, directions, envelope, relaxed  # noqa: E402
from mocap_ros.synthesis.expression import draw_expression  # noqa: E402
from mocap_ros.synthesis.figure import Figure  # noqa: E402
from mocap_ros.synthesis.outfit import MIDRIFF_SHARE, OVERLAP, draw_outfit  # noqa: E402
from mocap_ros.synthesis.patterns import Legwear, Pattern  # noqa: E402
from mocap_ros.synthesis.tailoring import add_legwear, add_top  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402
from synthesis_scenes import doll_arrays, write_doll  # noqa: E402


def _sheet(side=9):
    """A flat cloth of 1 m x 1 m in x and z."""
    along = np.linspace(0, 1, side)
    x, z = (each.ravel() for each in np.meshgrid(along, along))
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    triangles = np.concatenate([
        np.stack([corner, corner + 1, corner + side], 1),
        np.stack([corner + 1, corner + side + 1, corner + side], 1),
    ])
    places = np.stack([x, 0 * x, z], 1)
    return Cloth(places, places, 0 * x - 0.2, np.stack([x, z], 1), np.stack([x, 1 - x], 1), triangles)


def _area(cloth):
    a, b, c = (cloth.vertices[cloth.triangles[:, corner]] for corner in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2


@pytest.fixture(scope="module")
def wardrobe(tmp_path_factory):
    path = tmp_path_factory.mktemp("doll") / "doll.npz"
    write_doll(path)
    return Wardrobe(load_assets(path))


def _figure(wardrobe):
    shape = shape_vertices(wardrobe.assets, int(wardrobe.assets.bodies[0])).astype(np.float32)
    return Figure(wardrobe, shape, (wardrobe.assets.points @ shape).astype(np.float32))


def test_what_remains_of_a_cut_and_what_goes_make_up_the_whole():
    sheet = _sheet()
    excess = sheet.vertices[:, 2] + 0.37 * sheet.vertices[:, 0] - 0.61
    kept, edges = cut(sheet, excess)
    gone, _ = cut(sheet, -excess)
    assert _area(kept) + _area(gone) == pytest.approx(_area(sheet), abs=1e-12)  # [m2], rounding
    used = kept.vertices[np.unique(kept.triangles)]
    assert (used[:, 2] + 0.37 * used[:, 0] - 0.61).max() < 1e-12
    on_cut = kept.vertices[np.unique(edges)]
    np.testing.assert_allclose(on_cut[:, 2] + 0.37 * on_cut[:, 0], 0.61, atol=1e-12)
    np.testing.assert_allclose(kept.weights[:, 0], kept.vertices[:, 0], atol=1e-12)  # weights are cut along


def test_a_cloth_is_drawn_out_without_a_gap_and_keeps_its_winding():
    kept, edges = cut(_sheet(), 0.5 - _sheet().vertices[:, 2] + 1e-3)

    def row(numbers):
        places = kept.vertices[numbers] * [1, 1, 0]
        return {"vertices": places, "rests": places, "along": kept.along[numbers], "texture": kept.texture[numbers],
                "weights": kept.weights[numbers]}

    longer, _ = drawn_out(kept, edges, [row])
    assert _area(longer) == pytest.approx(1, abs=1e-12)
    a, b, c = (longer.vertices[longer.triangles[:, corner]] for corner in range(3))
    facing = np.cross(b - a, c - a)[:, 1]
    assert (np.sign(facing[np.abs(facing) > 1e-12]) == np.sign(facing[0])).all()


def test_no_triangle_spans_the_seam_of_a_texture_that_goes_around():
    angles = np.linspace(0, 2, 13)[:-1]  # 12 places around, from 0 to the period 2
    triangles = np.stack([np.arange(12), np.roll(np.arange(12), -1), np.arange(12)], 1)
    texture, corners = unwrapped(np.stack([angles, 0 * angles], 1), triangles, 2.0)
    assert np.ptp(texture[corners, 0], axis=1).max() < 0.2
    np.testing.assert_allclose(texture[corners, 0] % 2, angles[triangles], atol=1e-6)  # float32


def _legs():
    """Two upright columns, the outer end of the left one 0.25 m from the axis; a broad chest above."""
    turn = np.linspace(0, 2 * np.pi, 60)
    ring = np.stack([np.cos(turn), np.sin(turn)], 1)
    leg = [np.column_stack([0.08 * ring + [side * 0.17, 0], np.full(60, z)])
           for side in (-1, 1) for z in np.arange(0, 0.8, STEP)]
    chest = [np.column_stack([0.3 * ring, np.full(60, z)]) for z in np.arange(1.2, 1.4, STEP)]
    return np.concatenate(leg + chest)


@pytest.mark.parametrize("taper", [0.0, 0.1])
def test_cloth_contains_the_body_bridges_the_legs_and_falls_from_what_sticks_out(taper):
    body = _legs()
    around = envelope(body, np.array([[0, 0, -1], [0, 0, 2]]), 0.0, 1.4, 1.3, taper)
    axis, _, radii = around.around(body)
    assert (radii - np.linalg.norm(body[:, :2] - axis, axis=1)).min() > -0.004  # [m], 48 directions are a polygon
    between = around.around(np.array([[0.0, -0.05, 0.2]]))[2]  # in front, where no leg is
    assert between > 0.078  # the hull of two columns of 0.08 m
    below = around.around(np.array([[0.0, -0.05, 1.0]]))[2]  # a hand's breadth below the chest
    assert below == pytest.approx(0.3 - taper * 0.2, abs=0.01)  # levels of 2 cm


def test_relaxed_cloth_keeps_its_ease(wardrobe):
    shell = wardrobe.shell
    body = wardrobe.assets.body.vertices[shell.numbers].astype(float)
    normals = np.zeros_like(body)
    vertex_normals(body, shell.triangles, normals)
    ease = np.full(len(body), 0.01)
    places = relaxed(body + 0.03 * normals, body, normals, ease, shell.neighbours, 5)
    assert (((places - body) * normals).sum(1) > 0.01 - 1e-9).all()


def test_every_layer_lies_outside_what_it_covers(wardrobe):
    figure, generator = _figure(wardrobe), np.random.default_rng(0)
    garments = (
        lambda: add_legwear(figure, BOTTOM, Legwear(0.09, 0.0, (0.003, 0.006, 0.012), 0.5, 0.1)),
        lambda: add_top(figure, TOP, Pattern(0.3, 0.08, -0.05, (0.004, 0.01, 0.02, 0.01), 1.0, 0.0), generator),
        lambda: add_top(figure, OUTER, Pattern(0.97, 0.07, -0.3, (0.01, 0.03, 0.04, 0.03), 1.0, 0.0), generator),
    )
    for put_on in garments:
        below, normals = figure.surface.copy(), figure.normals()
        put_on()
        higher = ((figure.surface - below) * normals).sum(1)
        sides = (np.abs(normals[:, 2]) < 0.5) & (figure.shell.arms < 0.5)  # hems are kept level at the boxes' ends
        assert higher[sides].min() > -1e-9 and higher[sides].max() > 0.002  # [m]


def test_hems_are_level(wardrobe):
    figure = _figure(wardrobe)
    pattern = Pattern(0.3, 0.08, 0.05, (0.004, 0.02, 0.03, 0.02), 0.8, 0.1)
    cloth = add_top(figure, TOP, pattern, np.random.default_rng(1))
    used = np.unique(cloth.triangles)
    trunk = used[cloth.along[used] < -0.1]
    hem = figure.pelvis + 0.05 * figure.scale
    assert cloth.vertices[trunk, 2].min() == pytest.approx(hem, abs=1e-6)
    on_hem = trunk[np.abs(cloth.rests[trunk, 2] - hem) < 1e-6]
    assert np.ptp(cloth.vertices[on_hem, 2]) < 1e-6  # [m]


def test_what_is_hidden_is_not_drawn_but_hems_overlap(wardrobe):
    figure, parts = _figure(wardrobe), MeshParts()
    add_legwear(figure, BOTTOM, Legwear(0.12, 0.0, (0.003, 0.006, 0.012), 0.5, 0.1))
    add_top(figure, OUTER, Pattern(0.97, 0.07, -0.3, (0.01, 0.03, 0.04, 0.03), 1.0, 0.0), np.random.default_rng(0))
    other, alone = _figure(wardrobe), MeshParts()
    add_legwear(other, BOTTOM, Legwear(0.12, 0.0, (0.003, 0.006, 0.012), 0.5, 0.1))
    other.finish(alone)
    figure.finish(parts)
    assert 0 < len(parts.triangles[0]) < len(alone.triangles[0])  # the trousers, under a coat and alone


def _top_reaches(outfit):
    """How far the longest closed top reaches below the waist of what is worn under it [m]; infinite for a dress."""
    if outfit.dress:
        return np.inf
    waist = outfit.skirt.waist if outfit.skirt else outfit.legwear.waist
    return waist - min(pattern.hem for _, pattern in outfit.tops if pattern.opening[0] < 0)


def test_tops_reach_what_is_worn_below_but_for_bare_midriffs():
    generator, outfits = np.random.default_rng(4), []
    for number in range(1500):
        outfits.append(draw_outfit(generator, number % 2 == 0, number % 5 > 0))
    for outfit in outfits:
        assert outfit.bare or _top_reaches(outfit) > OVERLAP - 1e-9
    share = np.mean([outfit.bare for outfit in outfits])
    assert share < 2 * MIDRIFF_SHARE  # 1500 draws: 2 % with a standard deviation of 0.4 %


def test_labels_do_not_change_with_the_clothes(wardrobe):
    one_body = Wardrobe(replace(wardrobe.assets, bodies=wardrobe.assets.bodies[:1]))
    people = [dress(one_body, np.random.default_rng(seed)) for seed in range(6)]
    assert len({len(person.vertices) for person in people}) > 1  # they wear different things
    for person in people[1:]:
        np.testing.assert_array_equal(person.points, people[0].points)
        np.testing.assert_array_equal(person.heads, people[0].heads)
        assert person.height == people[0].height and person.male == people[0].male


def _with_trousers(arrays):
    """The arrays of an asset file with a garment that is the legs of another alone."""
    top = {name.split("/")[-1]: value for name, value in arrays.items() if name.startswith("garment/male_top/")}
    legs = np.flatnonzero(top["pieces"] == 1)
    number = np.full(len(top["pieces"]), -1)
    number[legs] = np.arange(len(legs))
    faces = number[top["triangles"]]
    alone = {name: value[legs] if len(value) == len(top["pieces"]) else value
             for name, value in top.items() if name not in ("kind", "hidden", "triangles", "texture_triangles")}
    faces = faces[(faces >= 0).all(1)].astype(np.int32)
    alone.update(kind=top["kind"], hidden=top["base_indices"][legs, 0], pieces=0 * alone["pieces"], triangles=faces,
                 texture_triangles=faces)
    return {**arrays, **{f"garment/trousers/{name}": value for name, value in alone.items()}}


def test_trousers_that_are_a_garment_of_their_own_are_worn_on_the_legs(tmp_path):
    np.savez(tmp_path / "doll.npz", **_with_trousers(doll_arrays()))
    wardrobe = Wardrobe(load_assets(tmp_path / "doll.npz"))
    assert "trousers" in wardrobe.bottoms and "trousers" not in {**wardrobe.tops, **wardrobe.wholes}
    assert wardrobe.waists["trousers"] == pytest.approx(wardrobe.waists["male_top"], abs=1e-6)  # m, the same legs


def test_garments_of_a_missing_kind_are_asked_for(tmp_path):
    arrays = {name: value for name, value in doll_arrays().items() if not name.startswith("garment/shoes")}
    np.savez(tmp_path / "doll.npz", **arrays)
    with pytest.raises(ConfigError, match="garments lack shoes: bake them"):
        Wardrobe(load_assets(tmp_path / "doll.npz"))


def test_packed_weights_keep_the_largest():
    dense = np.array([[0.1, 0, 0.5, 0.2, 0.15, 0.05], [0, 1.0, 0, 0, 0, 0]])
    indices, weights = pack_weights(dense)
    np.testing.assert_array_equal(indices[0], [2, 3, 4, 0])
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)
    assert indices[1, 0] == 1 and weights[1, 0] == 1


def test_directions_go_once_around():
    around = directions()
    np.testing.assert_allclose(np.linalg.norm(around, axis=1), 1)
    np.testing.assert_allclose(around.sum(0), 0, atol=1e-12)


def test_jaws_open_downward_and_the_rest_of_the_head_stays():
    sided = ("levator05", "oris07", "oris03", "risorius03", "orbicularis03", "orbicularis04", "oculi01")
    names = ["head", "jaw", "oris01", *(f"{name}.{side}" for name in sided for side in "LR")]
    heads = np.zeros((len(names), 3))
    shape = np.tile([0.0, -0.1, -0.02], (len(names), 1))  # a vertex per bone, in front of its head
    bone_indices = np.zeros((len(names), 4), np.int16)
    bone_indices[:, 0] = np.arange(len(names))
    weights = np.tile([1.0, 0, 0, 0], (len(names), 1))
    parents = np.array([-1, 0, 1, *[0] * (2 * len(sided))])
    face = SimpleNamespace(
        bone_index={name: number for number, name in enumerate(names)},
        assets=SimpleNamespace(body=SimpleNamespace(bone_indices=bone_indices, bone_weights=weights)),
        skeleton=SimpleNamespace(order=np.arange(len(names)), parents=parents),
    )
    opened = []
    for seed in range(40):
        moved, jaw = draw_expression(face, shape, heads, np.random.default_rng(seed))
        np.testing.assert_array_equal(moved[0], shape[0])
        np.testing.assert_allclose(moved[1], moved[2], atol=1e-12)  # the lower lip goes with the jaw
        assert moved[1, 2] < shape[1, 2] if jaw > 0 else moved[1, 2] == shape[1, 2]
        opened.append(jaw)
    assert 0 < np.mean(np.array(opened) > 0) < 1
