"""The core learns the maps from its own features too, less and less."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mocap_ros.nets.stage_one import StageOne  # noqa: E402
from mocap_ros.training.intermediate import SupervisedStageOne, intermediate_weight  # noqa: E402

IMAGES = torch.randint(0, 256, (2, 64, 48, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


def test_the_weight_falls_from_the_setting_to_zero():
    weights = [intermediate_weight(step, 0.6, 10) for step in range(11)]
    np.testing.assert_allclose(weights, 0.6 * (1 - np.arange(11) / 10), atol=1e-12)


def test_the_network_answers_as_it_does_alone_and_every_head_answers_at_stride_8():
    model = StageOne(0.125).eval()
    network = SupervisedStageOne(model).eval()
    with torch.no_grad():
        outputs, earlier = network(IMAGES)
        for one, other in zip(outputs, model(IMAGES)):
            assert torch.equal(one, other)
    assert len(earlier) == 2
    for each in earlier:
        assert [part.shape for part in each] == [part.shape for part in outputs]


def test_the_heads_teach_the_core_and_nothing_behind_it():
    model = StageOne(0.125)
    _, earlier = SupervisedStageOne(model)(IMAGES)
    sum(part.square().mean() for each in earlier for part in each).backward()
    touched = {name.split(".")[0] for name, value in model.named_parameters() if value.grad is not None}
    assert touched == {"core"}
