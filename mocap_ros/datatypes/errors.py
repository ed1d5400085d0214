"""The package's exceptions. All derive from MocapError, so the command line and the nodes catch one class."""


class MocapError(Exception):
    """Something that the user can mend; the message is one line and says what came and what was wanted."""


class SkeletonError(MocapError):
    """A joint name, count or order that does not exist."""


class ImageError(MocapError):
    """An image or video that cannot be read or used."""


class CameraError(MocapError):
    """Intrinsics that no pinhole camera can have."""


class WeightsError(MocapError):
    """A weights file that is missing, damaged, or made for another version."""


class DeviceError(MocapError):
    """A named device or engine that is not there."""


class ConfigError(MocapError):
    """A setting outside its range, or of an unknown name."""
