"""The drawing: z-buffer against a plain loop, pixels where the labels say, what hides what."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, HIDDEN_BY_SELF, OUTSIDE, SEEN  # noqa: E402
from mocap_ros.synthesis.labels import POINTS, visibility_codes  # noqa: E402
from mocap_ros.synthesis.raster import SAMPLES, rasterise  # noqa: E402
from mocap_ros.synthesis.drawing import OBJECT_PART, Drawing, project_samples  # noqa: E402
from mocap_ros.synthesis.scene import view_toward  # noqa: E402
from mocap_ros.synthesis.solids import box, ellipsoid, joined  # noqa: E402


def plain_z_buffer(screen, triangles, height, width):
    """Nearest inverse depth and triangle of every sample, one triangle and one sample at a time, in float64."""
    depth, ids = np.zeros((height, width)), np.full((height, width), -1)
    for number, corners in enumerate(triangles):
        a, b, c = screen[corners].astype(float)
        if min(a[2], b[2], c[2]) <= 0:
            continue
        matrix = np.array([[a[0], b[0], c[0]], [a[1], b[1], c[1]], [1, 1, 1]])
        if abs(np.linalg.det(matrix)) < 1e-9:
            continue
        for y in range(height):
            for x in range(width):
                weights = np.linalg.solve(matrix, [x, y, 1])
                if weights.min() >= 0:
                    z = weights @ [a[2], b[2], c[2]]
                    if z > depth[y, x]:
                        depth[y, x], ids[y, x] = z, number
    return depth, ids


def test_z_buffer_equals_a_plain_loop():
    generator = np.random.default_rng(3)
    screen = generator.uniform([-4, -4, -0.1], [28, 22, 1.5], (36, 3)).astype(np.float32)
    triangles = np.arange(36, dtype=np.int32).reshape(12, 3)
    depth, ids = np.zeros((18, 24), np.float32), np.full((18, 24), -1, np.int32)
    rasterise(screen, triangles, np.ones(12, np.int8), depth, ids)
    wanted_depth, wanted_ids = plain_z_buffer(screen, triangles, 18, 24)
    same = ids == wanted_ids
    assert same.mean() > 0.99  # samples on an edge may fall either way in float32
    assert np.abs(depth - wanted_depth)[same].max() < 1e-5  # 1/m, float32 rounding


def test_back_faces_are_drawn_only_where_two_sided():
    screen = np.array([[0, 0, 1], [10, 0, 1], [0, 10, 1]], np.float32)
    clockwise, counter = np.array([[0, 2, 1]], np.int32), np.array([[0, 1, 2]], np.int32)
    for triangles, two_sided, drawn in ((clockwise, 0, True), (counter, 0, False), (counter, 1, True)):
        depth, ids = np.zeros((12, 12), np.float32), np.full((12, 12), -1, np.int32)
        rasterise(screen, triangles, np.array([two_sided], np.int8), depth, ids)
        assert (ids >= 0).any() == drawn


def draw_solids(view, solids, owners, parts):
    """Drawing of solids that stand for people or things."""
    size = (view.height * SAMPLES, view.width * SAMPLES)
    nearest, ids = np.zeros(size, np.float32), np.full(size, -1, np.int32)
    vertices, triangles, _ = joined(solids)
    rasterise(project_samples(view, vertices), triangles, np.ones(len(triangles), np.int8), nearest, ids)
    counts = [len(solid[1]) for solid in solids]
    owners, parts = np.append(np.repeat(owners, counts), -1), np.append(np.repeat(parts, counts), OBJECT_PART)
    return Drawing(np.zeros((view.height, view.width, 3), np.float32), nearest, ids, owners, parts)


def project(view, points):
    pixels = view.to_camera(points) @ view.matrix.T
    return pixels[..., :2] / pixels[..., 2:]


@pytest.mark.parametrize("pitch, roll, yaw", [(0.0, 0.0, 0.0), (-0.4, 0.1, 0.3), (0.5, -0.2, -0.4)])
def test_a_point_projects_to_the_pixels_that_are_drawn_of_it(pitch, roll, yaw):
    view = view_toward(160, 100, 120.0, [0.2, -0.1, 1.3], pitch, roll, yaw)
    ahead = view.eye + 4.0 * view.rotation[2] + 0.5 * view.rotation[0] - 0.3 * view.rotation[1]
    drawing = draw_solids(view, [ellipsoid(ahead, [0.05] * 3)], [0], [0])
    rows, columns = np.nonzero(drawing.triangle_ids >= 0)
    middle = (np.array([columns.mean(), rows.mean()]) + 0.5) / SAMPLES - 0.5
    assert np.abs(middle - project(view, ahead)).max() < 0.15  # px; the ball is 3 px wide and its outline is stepped


def test_what_hides_a_point_is_named():
    view = view_toward(160, 100, 120.0, [0, 0, 1.0], 0.0)
    person, other, thing = (
        box([0, 4, 1], [0.3, 0.2, 1.0]),
        box([0, 2, 1], [0.2, 0.2, 0.2]),
        box([0.0, 2, 0.7], [0.2, 0.2, 0.2]),
    )
    drawing = draw_solids(view, [person, other, thing], [0, 1, -2], [0, 0, OBJECT_PART])
    places = {
        SEEN: [0, 3.9, 1.45],
        HIDDEN_BY_OTHER: [0, 3.95, 1.0],
        HIDDEN_BY_OBJECT: [0, 3.95, 0.5],
        OUTSIDE: [9.0, 4, 1.0],
        HIDDEN_BY_SELF: [0, 5.0, 1.5],
    }
    for wanted, place in places.items():
        points = np.tile(np.array(place, float), (len(POINTS), 1))
        codes = visibility_codes(view.to_camera(points), project(view, points), 0, 1.7, drawing)
        assert set(codes) == {wanted}, f"at {place}"


def test_a_point_behind_the_camera_is_outside():
    view = view_toward(160, 100, 120.0, [0, 0, 1.0], 0.0)
    drawing = draw_solids(view, [box([0, 4, 1], [0.3, 0.2, 1.0])], [0], [0])
    points = np.tile([0.0, -2.0, 1.0], (len(POINTS), 1))
    codes = visibility_codes(view.to_camera(points), np.full((len(POINTS), 2), 50.0), 0, 1.7, drawing)
    assert set(codes) == {OUTSIDE}


def test_the_other_person_sees_itself_in_front():
    view = view_toward(160, 100, 120.0, [0, 0, 1.0], 0.0)
    drawing = draw_solids(view, [box([0, 4, 1], [0.3, 0.2, 1.0]), box([0, 2, 1], [0.2, 0.2, 0.2])], [0, 1], [0, 0])
    points = np.tile([0.0, 1.91, 1.0], (len(POINTS), 1))
    assert set(visibility_codes(view.to_camera(points), project(view, points), 1, 1.7, drawing)) == {SEEN}
