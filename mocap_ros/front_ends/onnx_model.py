"""One ONNX file of a user, checked against its description before the first image."""

import numpy as np

from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.front_ends import model_description, model_output
from mocap_ros.front_ends.model_input import cut_regions, to_image
from mocap_ros.front_ends.regions import upright_regions, whole_image
from mocap_ros.nets.onnx_runtime import open_session

TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


class OnnxModel:
    """A model file that runs as its description says.

    Args:
        description: ModelDescription.
        providers: ONNX Runtime's execution providers, best first.
        threads: of the CPU provider; 0 uses every core.

    Raises:
        WeightsError: missing, damaged, or not as described.
    """

    def __init__(self, description, providers, threads):
        self.description = description
        self._session = open_session(description.file, providers, threads)
        self._input = self._check_input()
        self._outputs = self._check_outputs()
        grey = np.full((64, 64, 3), 114, np.uint8)
        self.read(grey, whole_image(grey))  # what the file does not say of itself shows in an answer

    def read(self, image, regions):
        """What the model says of regions of an image (H, W, 3) uint8 BGR, in the image's pixels.

        Args:
            image: (H, W, 3) uint8 BGR.
            regions: Regions. One-stage models and person detectors are shown one.

        Returns:
            For a top-down model points (P, N, 2) and confidence (P, N); else the Regions that it found, and points and
            confidence of the joints in them.
        """
        described = self.description
        inputs, image_from_input = cut_regions(image, regions, described.input)
        answers = self._run(inputs)
        size = described.input.width, described.input.height
        kind = described.output.kind
        try:
            if kind == model_description.HEATMAPS:
                points, confidence = model_output.read_heatmaps(answers[0], size, described.output.first_cell_px)
            elif kind == model_description.SIMCC:
                points, confidence = model_output.read_simcc(*answers, described.output.split)
            else:
                return self._found(answers, image_from_input)
        except (IndexError, ValueError) as error:
            raise WeightsError(f"{described.file}: its answers of shape {[each.shape for each in answers]} are not "
                               f"{kind} ({error})") from None
        if points.shape[1] != len(described.joints):
            raise WeightsError(f"{described.file}: answers with {points.shape[1]} joints, its description names "
                               f"{len(described.joints)}")
        return to_image(points, image_from_input), confidence

    def _found(self, answers, image_from_input):
        """Regions, points and confidence of a model that sees the whole image."""
        described = self.description
        joints, output = len(described.joints), described.output
        try:
            if output.kind == model_description.YOLO:
                rows = model_output.read_yolo(answers[0], joints, output)
            elif output.kind == model_description.YOLO_END_TO_END:
                rows = model_output.read_end_to_end(answers[0], joints, output)
            else:
                rows = model_output.read_boxes(answers, output)
        except WeightsError as error:
            raise WeightsError(f"{described.file}: {error}") from None
        back = np.repeat(image_from_input, len(rows.scores), 0)
        corners = to_image(np.stack([rows.left_top, rows.right_bottom], 1), back)
        points = to_image(rows.points, back)
        return upright_regions(corners[:, 0], corners[:, 1], rows.scores), points, rows.confidence

    def _run(self, inputs):
        """The wanted outputs, float32, for a batch of inputs; one by one where the file's batch is fixed."""
        kind = TYPES[self._input.type]
        if kind is np.uint8:
            inputs = np.clip(np.round(inputs), 0, 255)
        inputs = inputs.astype(kind)
        fixed = isinstance(self._input.shape[0], int)
        batches = np.split(inputs, len(inputs)) if fixed else [inputs]
        try:
            answers = [self._session.run(self._outputs, {self._input.name: each}) for each in batches]
        except Exception as error:  # onnxruntime raises private classes
            raise WeightsError(f"{self.description.file}: does not run on an input of shape {batches[0].shape} "
                               f"({str(error).splitlines()[0]})") from None
        return [np.concatenate(each).astype(np.float32, copy=False) for each in zip(*answers)]

    def _check_input(self):
        """The file's one input, if it takes what is described."""
        given, described = self._session.get_inputs(), self.description.input
        file = self.description.file
        if len(given) != 1:
            raise WeightsError(f"{file}: has {len(given)} inputs ({', '.join(each.name for each in given)}), wanted 1, "
                               "the image")
        if given[0].type not in TYPES:
            raise WeightsError(f"{file}: its input is {given[0].type}, wanted one of {', '.join(TYPES)}")
        sides = (described.height, described.width)
        wanted = (None, 3, *sides) if described.layout == "nchw" else (None, *sides, 3)
        shape = given[0].shape
        if len(shape) != 4 or any(isinstance(side, int) and want not in (None, side)
                                  for side, want in zip(shape, wanted)) or shape[0] not in (1, None) and isinstance(
                                      shape[0], int):
            raise WeightsError(f"{file}: its input is {shape}, its description says {described.layout} of "
                               f"{described.width} x {described.height} px (batch 1 or free)")
        return given[0]

    def _check_outputs(self):
        """Names of the wanted outputs."""
        there = [each.name for each in self._session.get_outputs()]
        described = self.description.output
        lowest, highest = model_description.OUTPUT_COUNT[described.kind]
        names = list(described.names) or there
        missing = [name for name in names if name not in there]
        if missing:
            raise WeightsError(f"{self.description.file}: has no output '{missing[0]}'. Available: {', '.join(there)}")
        if not lowest <= len(names) <= highest:
            raise WeightsError(f"{self.description.file}: has {len(there)} outputs ({', '.join(there)}), kind "
                               f"{described.kind} wants {lowest}: name them with output.names")
        return names
