"""Channels of zeros change the layout of a network and nothing of what it computes."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
torch = pytest.importorskip("torch")

from mocap_ros.nets.channel_blocks import BLOCK  # noqa: E402
from mocap_ros.nets.export import export_stage_one  # noqa: E402
from mocap_ros.nets.onnx_runtime import OnnxStageOne  # noqa: E402
from mocap_ros.nets.stage_one import StageOne  # noqa: E402


def group_widths(path):
    """Outputs and inputs of one group of each grouped convolution in a file."""
    graph = onnx.load(path).graph
    shapes = {each.name: each.dims for each in graph.initializer}
    convolutions = [(next(each.i for each in node.attribute if each.name == "group"), shapes[node.input[1]])
                    for node in graph.node if node.op_type == "Conv"]
    return [(shape[0] // groups, shape[1]) for groups, shape in convolutions if groups > 1]


@pytest.mark.parametrize("core, width", [("selecsls", 0.5), ("selecsls-previous", 0.75), ("selecsls-additive", 0.5),
                                         ("selecsls-base", 0.5), ("resnet34", 0.125)])
def test_what_the_network_computes_stays(core, width, tmp_path):
    torch.manual_seed(3)
    model = StageOne(width, core).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # not all alike, as after training
            module.running_mean.uniform_(-0.2, 0.2)
            module.bias.data.uniform_(-0.2, 0.2)
    images = torch.randint(0, 256, (1, 64, 96, 3), dtype=torch.uint8)
    with torch.no_grad():
        outputs = model(images)
    wanted = torch.sigmoid(outputs.heatmap_logits), outputs.part_affinity, outputs.encodings
    export_stage_one(model, tmp_path / "one.onnx", half_storage=False)
    for a, b in zip(OnnxStageOne(tmp_path / "one.onnx", threads=1).infer(images.numpy()), wanted):
        assert np.abs(a - b.numpy()).max() < 1e-4 * max(1, np.abs(b.numpy()).max())  # float32 in another order
    if core == "selecsls":
        widths = group_widths(tmp_path / "one.onnx")
        assert widths and all(each % BLOCK == 0 for pair in widths for each in pair)
