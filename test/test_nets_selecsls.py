"""Table 7.9 and Sec. 7.2.3 by hand."""

import pytest

torch = pytest.importorskip("torch")

from mocap_ros.nets.selecsls import MODULES, SelecSLS, group_count, scaled  # noqa: E402


def conv_parameters(inputs, outputs, size, grouped=True):
    """Weights of a convolution without bias and its batch normalisation, written out by hand."""
    groups = 1 if size == 1 or not grouped else 4 if outputs > 192 else 2 if outputs > 96 else 1
    return inputs * outputs * size * size // groups + 2 * outputs


def module_parameters(inputs, skip, k, outputs):
    three = (conv_parameters(inputs, k, 3) + conv_parameters(k, k // 2, 3) * 2)
    one = conv_parameters(k, k, 1) + conv_parameters(k // 2, k, 1) + conv_parameters(2 * k + skip, outputs, 1)
    return three + one


def test_parameter_count_is_that_of_table_7_9():
    expected = conv_parameters(3, 32, 3)
    expected += module_parameters(32, 0, 64, 64) + module_parameters(64, 64, 64, 128)
    expected += module_parameters(128, 0, 128, 128) + module_parameters(128, 128, 128, 128)
    expected += module_parameters(128, 128, 128, 288)
    expected += module_parameters(288, 0, 288, 288) + 2 * module_parameters(288, 288, 288, 288)
    expected += module_parameters(288, 288, 288, 416)
    assert sum(p.numel() for p in SelecSLS().parameters()) == expected


def test_resolutions_and_channels_are_those_of_table_7_9():
    core = SelecSLS().eval()
    seen = []
    for module in core.levels:
        module.register_forward_hook(lambda _, __, output: seen.append(tuple(output.shape[1:])))
    with torch.no_grad():
        at_8, at_16 = core(torch.zeros(1, 3, 64, 96))
    assert seen == [(64, 16, 24), (128, 16, 24), (128, 8, 12), (128, 8, 12), (288, 8, 12),
                    (288, 4, 6), (288, 4, 6), (288, 4, 6), (416, 4, 6)]
    assert at_8.shape == (1, 288, 8, 12) and at_16.shape == (1, 416, 4, 6)


@pytest.mark.parametrize("width", [0.25, 0.5, 1.0])
def test_grouping_follows_the_number_of_outputs(width):
    core = SelecSLS(width)
    for convolution in core.modules():
        if isinstance(convolution, torch.nn.Conv2d) and convolution.kernel_size == (3, 3):
            outputs = convolution.out_channels
            assert convolution.groups == (4 if outputs > 192 else 2 if outputs > 96 else 1)


def test_group_rule_at_its_borders():
    assert [group_count(n) for n in (96, 97, 192, 193)] == [1, 2, 2, 4]


def test_skips_come_from_the_first_module_of_the_level():
    """The skip joined at the end of a module is as wide as the output of its level's first module."""
    core = SelecSLS(0.25)
    for row, module in zip(MODULES, core.levels):
        skip = module.join[0].in_channels - 2 * scaled(row.features, 0.25)
        first = {64: 64, 128: 128, 288: 288}[row.features]
        assert skip == (0 if row.first_of_level else scaled(first, 0.25))
