"""A small folder of pictures by class, as ImageFolder and Ultralytics read it: FOLDER/{train,val}/{a,b}."""

import sys
from pathlib import Path

from PIL import Image

folder, count = Path(sys.argv[1]), int(sys.argv[2])
for part, many in (("train", count), ("val", count // 2)):
    for number in range(many):
        place = folder / part / "ab"[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        noise = Image.effect_noise((96, 72), 20 + number % 40)
        Image.merge("RGB", (noise, noise.rotate(90), noise.rotate(180))).save(place / f"{number:03}.jpg")
