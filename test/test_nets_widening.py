"""A widened network answers as the narrow one did, and its copies part when it is trained."""

import pytest

torch = pytest.importorskip("torch")

from test_nets_pruning import lively, photographs  # noqa: E402

from mocap_ros.datatypes.errors import WeightsError  # noqa: E402
from mocap_ros.nets.pruning import largest_difference  # noqa: E402
from mocap_ros.nets.stage_one import StageOne  # noqa: E402
from mocap_ros.nets.widening import widen  # noqa: E402


def trained(width, core="selecsls"):
    """A narrow network whose answers vary as much as those of a trained one (its heads begin near 0)."""
    model = lively(StageOne(width, core))
    with torch.no_grad():
        for branch in (model.branch_2d, model.branch_3d):
            branch.head.weight.mul_(20)
    return model


@pytest.mark.parametrize("narrow, wide", [(0.125, 0.25), (0.25, 0.5), (0.5, 1.0)])
def test_a_network_of_twice_the_width_answers_the_same(narrow, wide):
    """From 0.25 on, convolutions get twice as many groups too."""
    model, wider = trained(narrow), StageOne(wide).eval()
    assert widen(model, wider) == []
    with torch.no_grad():
        assert max(float(each.std()) for each in model(photographs())) > 0.05
    assert largest_difference(model, wider, photographs()) < 1e-4  # logits and metres; float32 sums in another order


@pytest.mark.parametrize("core", ["selecsls-additive-previous", "selecsls-base-ungrouped", "resnet34"])
def test_other_cores_answer_the_same_at_any_greater_width(core):
    model, wider = trained(0.125, core), StageOne(0.25, core).eval()
    assert widen(model, wider) == []
    assert largest_difference(model, wider, photographs()) < 1e-4


def test_it_answers_the_same_with_batch_statistics():
    """So the first step of training begins where the narrow network ended."""
    model, wider = trained(0.25).train(), StageOne(0.5).train()
    widen(model, wider)
    assert largest_difference(model, wider, photographs()) < 1e-3  # batch deviations of small maps enlarge rounding


def test_layers_whose_groups_cannot_see_everything_are_named():
    model, wider = trained(0.5), StageOne(0.75).eval()
    lacking = widen(model, wider)
    assert "core.levels.2.first.0" not in lacking and "branch_2d.features.0.0" in lacking
    assert all(wider.get_submodule(name).groups > 1 for name in lacking)


def test_copies_part_in_training():
    model, wider = trained(0.125), StageOne(0.25).train()
    widen(model, wider)
    weight = wider.branch_2d.features[0][0].weight
    half = len(weight) // 2
    before = weight.detach().clone()
    optimizer = torch.optim.SGD(wider.parameters(), 0.1)
    sum(each.square().mean() for each in wider(photographs())).backward()
    optimizer.step()
    step = (weight - before).detach()
    assert float((step[:half] - step[half:]).abs().max()) > 0.05 * float(step.abs().max())


def test_shares_are_equal_without_unevenness():
    model, wider = trained(0.125), StageOne(0.25).eval()
    widen(model, wider, unevenness=0.0)
    narrow, wide = model.branch_2d.head.weight, wider.branch_2d.head.weight
    assert torch.allclose(wide, narrow.repeat(1, 2, 1, 1) / 2)


def test_a_network_does_not_get_narrower():
    with pytest.raises(WeightsError, match="cannot become"):
        widen(StageOne(0.25), StageOne(0.125))
    with pytest.raises(WeightsError, match="same layers"):
        widen(StageOne(0.25), StageOne(0.5, "resnet34"))
