"""Eight bits answer nearly as thirty-two."""

import numpy as np
import pytest

pytest.importorskip("onnx")

from mocap_ros.datatypes.errors import WeightsError  # noqa: E402
from mocap_ros.nets import runtime  # noqa: E402
from mocap_ros.nets.onnx_runtime import OnnxStageOne  # noqa: E402
from mocap_ros.nets.quantization import quantise_stage_one  # noqa: E402

SHIPPED = runtime.WEIGHTS / "xnect-small" / "stage_one.onnx"


def inputs(count):
    import cv2

    generator = np.random.default_rng(5)
    return [cv2.resize(generator.integers(0, 256, (8, 12, 3), dtype=np.uint8), (96, 64)) for _ in range(count)]


def test_an_int8_file_is_smaller_and_nearly_the_same(tmp_path):
    quantise_stage_one(SHIPPED, tmp_path / "int8.onnx", inputs(8))
    assert (tmp_path / "int8.onnx").stat().st_size < 0.7 * SHIPPED.stat().st_size  # which holds 16 bits a weight
    image = inputs(9)[-1][None]
    exact, coarse = (OnnxStageOne(path, threads=1).infer(image) for path in (SHIPPED, tmp_path / "int8.onnx"))
    for a, b, scale in zip(exact, coarse, (1.0, 1.0, 0.5)):
        assert np.abs(a - b).mean() < 0.03 * scale  # of the maps' range
        assert not np.array_equal(a, b)


def test_too_few_images_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(WeightsError, match="3 calibration images: 8 at least"):
        quantise_stage_one(SHIPPED, tmp_path / "int8.onnx", inputs(3))
    with pytest.raises(WeightsError, match="absent.onnx: no such weights file"):
        quantise_stage_one(tmp_path / "absent.onnx", tmp_path / "int8.onnx", inputs(8))
