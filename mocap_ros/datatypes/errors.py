"""The package's exceptions. All derive from MocapError, so the command line and the nodes catch one class."""

from contextlib import contextmanager


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


@contextmanager
def writing(path, error_class):
    """A block that writes `path`: what the operating system refuses becomes a MocapError.

    Raises:
        error_class: `path` cannot be written, and why.
    """
    try:
        yield
    except BrokenPipeError:  # of what is printed meanwhile
        raise
    except OSError as error:
        raise error_class(f"{path}: cannot be written ({error.strerror or error})") from None


def install_hint(extra):
    """The command that adds the packages of an extra to an installed mocap_ros."""
    return f"pip install 'mocap_ros[{extra}]'"


@contextmanager
def needing_extra(what, extra):
    """A block of imports for `what`, which the packages of an extra make possible.

    Raises:
        DeviceError: another package than this one is missing.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "mocap_ros").startswith("mocap_ros"):
            raise
        raise DeviceError(f"{what}: {error.name} is not installed ({install_hint(extra)})") from None
