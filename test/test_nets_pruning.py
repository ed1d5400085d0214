"""Pruned networks answer as before, whatever joins their layers; sparsity is counted as the thesis defines it."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from mocap_ros.datatypes.errors import ConfigError  # noqa: E402
from mocap_ros.nets.classifier import Classifier  # noqa: E402
from mocap_ros.nets.pruning import fold_batch_norm, largest_difference, prune  # noqa: E402
from mocap_ros.nets.selecsls import convolution  # noqa: E402
from mocap_ros.nets.sparsity import measure_sparsity, normalised_layers, sparsity_by_scale  # noqa: E402
from mocap_ros.nets.stage_one import StageOne  # noqa: E402

CORES = ["selecsls", "selecsls-additive", "selecsls-previous-base", "selecsls-additive-previous-ungrouped", "resnet34",
         "resnet50"]


def lively(model, seed=0):
    """`model` with the normalisations of a trained network: biases on both sides of 0, any mean and variance."""
    generator = torch.Generator().manual_seed(seed)
    for _, _, norm, _ in normalised_layers(model):
        for tensor, low, high in ((norm.weight, 0.5, 1.5), (norm.bias, -0.5, 0.5), (norm.running_mean, -0.2, 0.2),
                                  (norm.running_var, 0.5, 2.0)):
            tensor.data.uniform_(low, high, generator=generator)
    return model.eval()


def kill(model, share, seed=0, bias=None):
    """Sets the scale of a share of all filters to 0, and their bias where given; returns how many."""
    generator = torch.Generator().manual_seed(seed)
    killed = 0
    for _, _, norm, _ in normalised_layers(model):
        dead = torch.rand(len(norm.weight), generator=generator) < share
        norm.weight.data[dead] = 0
        if bias is not None:
            norm.bias.data[dead] = bias
        killed += int(dead.sum())
    return killed


def parameters(model):
    return sum(each.numel() for each in model.parameters())


def photographs(seed=0):
    return torch.randint(0, 256, (2, 64, 96, 3), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


@pytest.mark.parametrize("bias", [-0.3, None])
@pytest.mark.parametrize("core", CORES)
def test_a_pruned_stage_one_answers_as_before(core, bias):
    """`bias` None leaves random ones: half of the dead filters then give a constant that their readers must take on."""
    model = lively(StageOne(0.25, core))
    kill(model, 0.5, bias=bias)
    pruned = prune(model)
    assert parameters(pruned) < (0.7 if bias else 0.9) * parameters(model)
    assert largest_difference(model, pruned, photographs()) < 1e-4
    assert largest_difference(model, fold_batch_norm(pruned), photographs()) < 1e-4


def test_a_plain_chain_keeps_exactly_its_live_filters():
    model = lively(nn.Sequential(convolution(3, 16, 3, grouped=False), convolution(16, 24, 3, grouped=False),
                                 nn.Conv2d(24, 5, 1)))
    kill(model, 0.4, seed=3, bias=-1.0)
    live = [int((norm.weight != 0).sum()) for _, _, norm, _ in normalised_layers(model)]
    pruned = prune(model)
    assert [pruned[0][0].out_channels, pruned[1][0].out_channels] == live
    assert pruned[1][0].in_channels == live[0] and pruned[2].in_channels == live[1]
    assert largest_difference(model, pruned, torch.randn(1, 3, 9, 9)) < 1e-5


def test_a_constant_moves_into_a_1x1_reader_but_not_across_a_padded_border():
    through_1x1 = lively(nn.Sequential(convolution(3, 8, 3), nn.Conv2d(8, 4, 1)))
    through_3x3 = lively(nn.Sequential(convolution(3, 8, 3), nn.Conv2d(8, 4, 3, padding=1)))
    for model, left in ((through_1x1, 5), (through_3x3, 8)):
        model[0][1].weight.data[:3] = 0
        model[0][1].bias.data[:3] = torch.tensor([0.7, 0.2, 1.5])
        pruned = prune(model)
        assert pruned[0][0].out_channels == left
        assert largest_difference(model, pruned, torch.randn(1, 3, 7, 7)) < 1e-5


def test_groups_stay_equal():
    model = lively(nn.Sequential(convolution(3, 16, 1), convolution(16, 128, 3), nn.Conv2d(128, 2, 1)))
    assert model[1][0].groups == 2
    for first, norm in ((4, model[0][1]), (40, model[1][1])):  # dead filters: more in the first group
        half = len(norm.weight) // 2
        norm.weight.data[:first] = 0
        norm.weight.data[half:half + 1] = 0
        norm.bias.data[:] = -0.1
    pruned = prune(model)
    assert pruned[0][0].out_channels == 14 and pruned[1][0].out_channels == 126
    assert largest_difference(model, pruned, torch.randn(1, 3, 6, 6)) < 1e-5


def test_a_sum_loses_a_channel_only_where_both_sides_are_dead():
    model = lively(StageOne(0.25, "resnet34"))
    block = model.core.levels[1][0]  # body and match are summed
    for norm, dead in ((block.body[1][1], [0, 1, 2]), (block.match[1], [1, 2, 3])):
        norm.weight.data[dead] = 0
        norm.bias.data[dead] = 0
    for later in list(model.core.levels[1])[1:]:
        norm = later.body[1][1]
        norm.weight.data[:4] = 0
        norm.bias.data[:4] = 0
    pruned = prune(model)
    assert pruned.core.levels[1][0].body[1][0].out_channels == block.body[1][0].out_channels - 2
    assert largest_difference(model, pruned, photographs()) < 1e-4


def test_a_layer_that_is_all_dead_keeps_a_filter_a_group():
    model = lively(nn.Sequential(convolution(3, 8, 3), convolution(8, 128, 3), nn.Conv2d(128, 2, 1)))
    for norm in (model[0][1], model[1][1]):
        norm.weight.data[:] = 0
        norm.bias.data[:] = 0
    pruned = prune(model)
    assert (pruned[0][0].out_channels, pruned[1][0].out_channels) == (2, 2)
    assert largest_difference(model, pruned, torch.randn(1, 3, 6, 6)) < 1e-6


def test_a_live_network_is_left_alone():
    model = lively(Classifier(classes=5, width=0.125))
    assert parameters(prune(model)) == parameters(model)


def test_the_original_is_not_touched():
    model = lively(StageOne(0.25))
    kill(model, 0.5, bias=-1.0)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    prune(model)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_an_operation_that_cannot_be_followed_is_named():
    class Multiplied(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = convolution(3, 8, 3)

        def forward(self, x):
            return self.layer(x) * 2

    with pytest.raises(ConfigError, match="cannot follow channels through 'mul'"):
        prune(Multiplied())


def test_sparsity_by_scale_counts_small_gammas():
    model = lively(StageOne(0.25))
    killed = kill(model, 0.3)
    assert sum(inactive for _, inactive in sparsity_by_scale(model).values()) == killed


def test_activation_and_universality_are_those_of_the_definition():
    """Feature 0 never fires, feature 1 fires on every image, feature 2 on one of four."""
    model = nn.Sequential(convolution(3, 3, 1)).eval()
    model[0][0].weight.data[:] = torch.eye(3).reshape(3, 3, 1, 1)
    model[0][1].bias.data[:] = torch.tensor([-1.0, 1.0, 0.0])
    images = torch.zeros(4, 3, 2, 2)
    images[2, 2, 0, 1] = 5.0
    (layer,) = measure_sparsity(model, [images[:3], images[3:]])
    np.testing.assert_array_equal(layer.inactive_by_activation(), [True, False, False])
    np.testing.assert_allclose(layer.universality, [0, 1, 0.25])
    assert not layer.inactive_by_scale().any()
    np.testing.assert_allclose(layer.largest_activations, [0, 1, 5], rtol=1e-4)  # the normalisation's epsilon
