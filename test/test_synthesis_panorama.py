"""Panoramas: a point of light is seen where it shines from, and what it gives to a wall is what arrives there."""

import cv2
import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.datatypes.errors import ImageError  # noqa: E402
from mocap_ros.synthesis.panorama import Panoramas, drawn_sky, light_of, look_at, turned_panorama  # noqa: E402
from mocap_ros.synthesis.scene import view_toward  # noqa: E402

LINES = 128


def directions():
    """Unit vectors of every pixel, worked out pixel by pixel's latitude and longitude, (LINES, 2 LINES, 3)."""
    latitude = np.pi / 2 - (np.arange(LINES) + 0.5) * np.pi / LINES
    longitude = (np.arange(2 * LINES) + 0.5) * np.pi / LINES - np.pi  # 0 ahead (+Y), to the right positive
    latitude, longitude = np.meshgrid(latitude, longitude, indexing="ij")
    return np.stack(
        [np.cos(latitude) * np.sin(longitude), np.cos(latitude) * np.cos(longitude), np.sin(latitude)], -1
    )


def with_spot(toward, strength):
    """A panorama of brightness 1 with a bright spot of 3 degrees around a direction."""
    near = directions() @ (np.asarray(toward) / np.linalg.norm(toward)) > np.cos(np.deg2rad(3))
    return np.where(near, strength, 1.0)[..., None].repeat(3, -1).astype(np.float32)


@pytest.mark.parametrize("toward", [[0, 1, 0.4], [0.6, 1, 0.2], [-0.5, 1, 0.9]])
def test_a_bright_spot_is_seen_where_it_is_and_lights_from_there(toward):
    panorama, toward = with_spot(toward, 500.0), np.array(toward) / np.linalg.norm(toward)
    view = view_toward(320, 240, 150.0, [0, 0, 1.5], 0.35, 0.05, 0.1)
    seen = look_at(panorama, view)[..., 0]
    rows, columns = np.nonzero(seen > 6)
    pixel = view.matrix @ view.rotation @ toward
    # px: a line of the panorama is 3.7 px wide in this view
    np.testing.assert_allclose([columns.mean(), rows.mean()], pixel[:2] / pixel[2], atol=2.0)
    assert np.degrees(np.arccos(light_of(panorama).sun @ toward)) < 3


def test_even_light_is_the_same_from_everywhere():
    light = light_of(np.ones((LINES, 2 * LINES, 3), np.float32))
    assert light.sun_colour.max() == 0
    np.testing.assert_allclose(light.ambient[:, 3], 1, atol=1e-6)
    np.testing.assert_allclose(light.ambient[:, :3], 0, atol=2e-3)  # the lines are summed, not integrated


def test_a_wall_gets_the_light_that_falls_on_it():
    """Sun and light from around together against the plain sum of all pixels over the hemisphere of the normal."""
    generator = np.random.default_rng(0)
    smooth = np.exp(directions() @ generator.normal(0, 0.3, (3, 3))).astype(np.float32)
    panorama = smooth * with_spot([0.4, -0.5, 0.8], 400.0)
    area = np.cos(np.pi / 2 - (np.arange(LINES) + 0.5) * np.pi / LINES)[:, None] * (np.pi / LINES) ** 2
    light = light_of(panorama)
    for normal in ([0, 0, 1.0], [0.6, 0, 0.8], [0, -1.0, 0], [0.48, -0.6, 0.64]):
        cosine = np.maximum(directions() @ normal, 0)
        wanted = (panorama * (cosine * area)[..., None]).sum((0, 1)) / np.pi
        found = light.ambient[:, :3] @ normal + light.ambient[:, 3] + light.sun_colour * max(0, light.sun @ normal)
        np.testing.assert_allclose(found, wanted, rtol=0.1)  # two orders of spherical harmonics leave some per cent


def test_a_turn_moves_the_light_around():
    panorama = with_spot([0, 1, 0.5], 500.0)
    turned = light_of(turned_panorama(panorama, np.pi / 2)).sun
    assert turned[0] > 0.8 and abs(turned[1]) < 0.05  # from ahead to the right


def test_a_drawn_sky_is_a_panorama():
    for seed in range(4):
        sky = drawn_sky(np.random.default_rng(seed))
        assert sky.shape == (256, 512, 3) and np.isfinite(sky).all() and sky.min() >= 0
        assert (sky == drawn_sky(np.random.default_rng(seed))).all()
        light = light_of(sky)
        assert light.ambient[:, 3].mean() + light.sun_colour.mean() / 4 == pytest.approx(1, abs=0.02)


def test_panorama_files_are_read_and_others_refused(tmp_path):
    panorama = with_spot([0, 1, 0.4], 300.0)
    cv2.imwrite(str(tmp_path / "a.hdr"), panorama[..., ::-1] * 7)
    drawn = Panoramas(tmp_path).draw(np.random.default_rng(0))
    assert drawn.max() / np.median(drawn) == pytest.approx(300, rel=0.02)  # the format keeps 8 bits a channel
    with pytest.raises(ImageError, match="no panoramas"):
        Panoramas(tmp_path / "none")
    with pytest.raises(ImageError, match="no panoramas"):
        Panoramas(tmp_path, ["a.hdr"])
    (tmp_path / "b").mkdir()
    cv2.imwrite(str(tmp_path / "b" / "square.png"), np.zeros((20, 20, 3), np.uint8))
    with pytest.raises(ImageError, match="twice as wide"):
        Panoramas(tmp_path / "b").draw(np.random.default_rng(0))
