"""Muon: orthogonal steps, one matrix a group of filters."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from mocap_ros.training.muon import Muon, orthogonal  # noqa: E402


@pytest.mark.parametrize("shape", [(1, 12, 40), (1, 40, 12), (4, 8, 8)])
def test_singular_values_come_close_to_one(shape):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(3))
    values = torch.linalg.svdvals(orthogonal(matrices).float())
    assert values.shape[0] == shape[0]
    assert 0.5 < values.min() and values.max() < 1.3  # the quintic leaves about 0.7 to 1.2, bfloat16 adds a little


def test_singular_vectors_stay():
    matrices = torch.randn((2, 10, 30), generator=torch.Generator().manual_seed(4))
    u, _, v = torch.linalg.svd(matrices, full_matrices=False)
    step = orthogonal(matrices, torch.float32)
    assert functional.cosine_similarity(step.flatten(1), (u @ v).flatten(1)).min() > 0.97


def test_each_group_of_filters_is_a_matrix_of_its_own():
    layer = nn.Conv2d(8, 6, 3, groups=2, bias=False)
    before = layer.weight.detach().clone()
    optimizer = Muon([{"params": [layer.weight], "banks": 2}], lr=0.1)
    layer.weight.grad = torch.randn(layer.weight.shape, generator=torch.Generator().manual_seed(5))
    layer.weight.grad[:3] = 0  # the first group has nothing to learn
    optimizer.step()
    assert torch.equal(layer.weight[:3], before[:3])
    assert not torch.equal(layer.weight[3:], before[3:])


def test_a_step_is_as_long_as_an_adamw_step_of_that_rate():
    weight = nn.Parameter(torch.zeros(32, 4, 3, 3))
    weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(6))
    Muon([{"params": [weight]}], lr=0.01).step()
    size = weight.detach().square().mean().sqrt().item()
    assert 0.7 * 0.2 * 0.01 < size < 1.2 * 0.2 * 0.01  # 0.2 rates, as singular values lie


def test_it_brings_a_linear_layer_to_the_answer():
    generator = torch.Generator().manual_seed(7)
    inputs, truth = torch.randn((256, 16), generator=generator), torch.randn((8, 16), generator=generator)
    weight = nn.Parameter(torch.zeros(8, 16))
    optimizer = Muon([{"params": [weight]}], lr=0.1)
    for step in range(200):
        for group in optimizer.param_groups:
            group["lr"] = 0.1 * (1 - step / 200)
        loss = functional.mse_loss(inputs @ weight.T, inputs @ truth.T)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.02
