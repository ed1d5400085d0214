"""BoxNet on ONNX Runtime: Stage I's maps to where people are, no torch."""

from mocap_ros.nets.model_format import boxes_metadata, check_metadata
from mocap_ros.nets.onnx_runtime import open_optimised


class OnnxBoxes:
    """BoxNet from a file, on the CPU: it takes a tenth of Stage I's time.

    Args:
        path: boxes.onnx.
        threads: 0 uses every core.

    Raises:
        WeightsError: missing, damaged, or made for another version or skeleton.
    """

    def __init__(self, path, threads=0):
        self._session = open_optimised(path, threads)
        check_metadata(path, self._session.get_modelmeta().custom_metadata_map, boxes_metadata())

    def infer(self, maps):
        """Chances (h, w), 0 to 1, and boxes (4, h, w) [px of Stage I's input], see box_net.BoxOutputs.

        Args:
            maps: StageOneMaps of one image.
        """
        chances, boxes = self._session.run(
            None, {"heatmaps": maps.heatmaps[:1], "part_affinity": maps.part_affinity[:1]})
        return chances[0], boxes[0]
