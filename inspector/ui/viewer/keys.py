"""The viewer's keys, one table, from which the sheet of shortcuts is made."""

from inspector.ui.shell.actions import MenuEntry

KEYS = (
    MenuEntry("previousImage", "Previous image", ("Left",), "Previous image of the batch"),
    MenuEntry("nextImage", "Next image", ("Right",), "Next image of the batch"),
    MenuEntry("firstImage", "First image", ("Home",), "The batch's first image"),
    MenuEntry("lastImage", "Last image", ("End",), "The batch's last image"),
    MenuEntry("fitImage", "Fit", ("0", "F"), "The whole image in the window"),
    MenuEntry("oneToOneImage", "1:1", ("1",), "One pixel of the screen for each of the image"),
    MenuEntry("zoomIn", "Zoom in", ("+", "="), "Larger, around the middle"),
    MenuEntry("zoomOut", "Zoom out", ("-",), "Smaller, around the middle"),
    MenuEntry("showRGB", "All channels", ("C",), "Red, green and blue together"),
    MenuEntry("showR", "Only red", ("R",), "Red alone, in grey"),
    MenuEntry("showG", "Only green", ("G",), "Green alone, in grey"),
    MenuEntry("showB", "Only blue", ("B",), "Blue alone, in grey"),
    MenuEntry("compareImage", "Compare with a second decoder", ("D",), "Beside what Qt or Pillow makes of the file"),
    MenuEntry("copyLocation", "Copy location", ("Ctrl+C",), "Copy the path or location, which inspector opens again"),
    MenuEntry("revealImage", "Show in folder", ("Ctrl+Shift+R",), "Show the file, or the one that it lies in"),
    MenuEntry("labelsImage", "Labels", ("L",), "Show or hide boxes, polygons, keypoints and masks"),
    MenuEntry("closeImage", "Close", ("Esc", "Space"), "Back to the batch"),
)
