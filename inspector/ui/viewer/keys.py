"""The viewer's keys, one table, from which the sheet of shortcuts is made."""

from inspector.ui.shell.actions import Entry

KEYS = (
    Entry("previousImage", "Previous image", ("Left",), "The image before in the batch"),
    Entry("nextImage", "Next image", ("Right",), "The image after in the batch"),
    Entry("firstImage", "First image", ("Home",), "The batch's first image"),
    Entry("lastImage", "Last image", ("End",), "The batch's last image"),
    Entry("fitImage", "Fit", ("0", "F"), "The whole image in the window"),
    Entry("oneToOneImage", "1:1", ("1",), "One pixel of the screen for each of the image"),
    Entry("zoomIn", "Zoom in", ("+", "="), "Larger, around the middle"),
    Entry("zoomOut", "Zoom out", ("-",), "Smaller, around the middle"),
    Entry("showRGB", "All channels", ("C",), "Red, green and blue together"),
    Entry("showR", "Only red", ("R",), "Red alone, in grey"),
    Entry("showG", "Only green", ("G",), "Green alone, in grey"),
    Entry("showB", "Only blue", ("B",), "Blue alone, in grey"),
    Entry("compareImage", "Compare with a second decoder", ("D",), "Beside what Qt or Pillow makes of the file"),
    Entry("closeImage", "Close", ("Esc", "Space"), "Back to the batch"),
)
