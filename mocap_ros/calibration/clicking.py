"""Three points clicked in a window, where OpenCV has windows."""

import cv2
import numpy as np

from mocap_ros.calibration.drawing import draw_text
from mocap_ros.datatypes.errors import DeviceError

WINDOW = "mocap: click A, B and C on the floor; Backspace takes one back, Enter ends, Escape gives up"
ENTER, BACKSPACE, ESCAPE = (10, 13), 8, 27
POLL_MS = 30


def click_points(image):
    """Three points that the user clicks in `image`, in order [px], (3, 2).

    Raises:
        DeviceError: this OpenCV has no windows, there is no screen, or the user gave up.
    """
    points = []

    def on_mouse(event, x, y, flags, details):
        if event == cv2.EVENT_LBUTTONDOWN and len(points) < 3:
            points.append((float(x), float(y)))

    try:
        cv2.namedWindow(WINDOW, cv2.WINDOW_AUTOSIZE)
        cv2.setMouseCallback(WINDOW, on_mouse)
        while True:
            cv2.imshow(WINDOW, _marked(image, points))
            key = cv2.waitKey(POLL_MS) & 0xFF
            if key == BACKSPACE and points:
                points.pop()
            elif key in ENTER and len(points) == 3:
                break
            elif key == ESCAPE:
                raise DeviceError("no points were clicked")
        cv2.destroyWindow(WINDOW)
    except cv2.error as error:
        raise DeviceError("this OpenCV opens no window (opencv-python-headless, or no screen): give the points with "
                          "--ground-points X,Y X,Y X,Y instead of --click") from error
    return np.array(points)


def _marked(image, points):
    drawn = draw_text(image.copy(), [f"{len(points)} of 3 points"])
    for name, (x, y) in zip("ABC", points):
        cv2.drawMarker(drawn, (int(x), int(y)), (60, 60, 240), cv2.MARKER_CROSS, 20, 2)
        cv2.putText(drawn, name, (int(x) + 8, int(y) - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (60, 60, 240), 2)
    return drawn
