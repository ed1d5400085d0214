"""Core networks by name: the variants of Table 7.10, the ResNet baselines, the classifier of Table 7.15."""

import itertools

import pytest

torch = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from mocap_ros.datatypes.errors import ConfigError  # noqa: E402
from mocap_ros.nets.classifier import Classifier  # noqa: E402
from mocap_ros.nets.cores import SELECSLS_CHOICES, core_named  # noqa: E402
from mocap_ros.nets.resnet import ResNet  # noqa: E402
from mocap_ros.nets.selecsls import SelecSLS  # noqa: E402
from mocap_ros.nets.stage_one import StageOne  # noqa: E402

VARIANTS = ["-".join(("selecsls",) + choices) for count in range(5)
            for choices in itertools.combinations(SELECSLS_CHOICES, count)]


def parameters(model):
    return sum(each.numel() for each in model.parameters())


def multiply_adds(model, height, width):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.zeros(1, 3, height, width))
    return counter.get_total_flops() / 2


@pytest.mark.parametrize("name", VARIANTS + ["resnet34", "resnet50"])
def test_every_core_serves_both_strides(name):
    core = core_named(name, 0.25).eval()
    with torch.no_grad():
        at_8, at_16 = core(torch.zeros(1, 3, 64, 96))
    assert at_8.shape == (1, core.outputs_at_8, 8, 12)
    assert at_16.shape == (1, core.outputs_at_16, 4, 6)


def test_the_choices_are_sixteen_different_networks():
    networks = {}
    for name in VARIANTS:
        core = core_named(name, 0.5)
        connections = tuple((module.join[0].in_channels, module.additive) for module in core.levels)
        networks[connections + (parameters(core), core.previous)] = name
    assert len(networks) == len(VARIANTS) == 16


def test_a_previous_skip_is_the_module_before_and_a_first_skip_the_levels_first():
    for previous in (False, True):
        core = SelecSLS(0.25, previous=previous).eval()
        seen = []
        for module in core.levels:
            module.register_forward_hook(lambda _, inputs, output, to=seen: to.append((inputs[1], output)))
        with torch.no_grad():
            core(torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1)))
        assert seen[4][0] is seen[3 if previous else 2][1]
        assert seen[8][0] is seen[7 if previous else 5][1]


def test_an_additive_skip_is_added_before_the_last_relu():
    module = core_named("selecsls-additive", 0.25).levels[3].eval()
    x = torch.randn(1, 32, 4, 4, generator=torch.Generator().manual_seed(2))
    skip = torch.full((1, 32, 4, 4), 100.0)
    with torch.no_grad():
        without, with_skip = module(x, skip * 0), module(x, skip)
    assert (without >= 0).all() and (without == 0).any()
    assert (with_skip > 90).all()  # the sum is 100 more than a number of order 1, nothing is cut


def test_resnets_are_those_of_the_paper():
    """25.557 M and 21.798 M parameters with the 1000-class layer that ours lacks (He et al. 2016, torchvision)."""
    assert parameters(ResNet(50, whole=True)) + 2048 * 1000 + 1000 == 25_557_032
    assert parameters(ResNet(34, whole=True)) + 512 * 1000 + 1000 == 21_797_672


def test_the_fifth_level_has_one_block_and_no_stride():
    core = ResNet(50)
    assert [len(level) for level in core.levels] == [3, 4, 6, 1]
    assert core.outputs_at_16 == 2048


def test_the_classifier_is_that_of_table_7_15():
    model = Classifier()
    assert parameters(model) / 1e6 == pytest.approx(30.67, abs=0.005)
    assert multiply_adds(model, 224, 224) / 1e9 == pytest.approx(3.5, abs=0.1)


def test_the_thesis_choice_costs_less_than_half_of_resnet_50():
    """Sec. 7.2.4: about half of the time on a CPU; multiply-adds at 512 x 320."""
    assert multiply_adds(core_named("selecsls"), 320, 512) < 0.5 * multiply_adds(core_named("resnet50"), 320, 512)


@pytest.mark.parametrize("name", ["selecsls", "selecsls-additive-previous-base-ungrouped", "resnet34", "resnet50"])
def test_stage_one_learns_with_every_core(name):
    model = StageOne(0.125, name)
    outputs = model(torch.zeros(2, 64, 64, 3, dtype=torch.uint8))
    sum(output.square().mean() for output in outputs).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("name", ["vgg", "selecsls-wide", "selecsls-base-base", "resnet50-base", ""])
def test_an_unknown_core_is_named(name):
    with pytest.raises(ConfigError, match=f"core '{name}'; there are resnet34, resnet50, and selecsls with any of"):
        core_named(name)
