"""What another library says of a COCO set. Run by `bench_annotation_peers` with the Python that has the library.

    python annotation_peer.py LIBRARY FOLDER  ->  {"seconds": ..., "mb": ..., "said": [...], "error": ...}

The folder has `images/` and `annotations/instances_all.json`.
"""

import contextlib
import io
import json
import logging
import os
import resource
import sys
import time
import warnings
from typing import Any


def _pycocotools(root: str, images: str, file: str) -> list[str]:
    from pycocotools.coco import COCO  # type: ignore[import-untyped]

    found = COCO(file)
    for annotation in found.loadAnns(found.getAnnIds()):
        if annotation.get("segmentation"):
            found.annToMask(annotation)
    return []


def _supervision(root: str, images: str, file: str) -> list[str]:
    import supervision  # type: ignore[import-not-found]

    supervision.DetectionDataset.from_coco(images_directory_path=images, annotations_path=file, force_masks=False)
    return []


def _globox(root: str, images: str, file: str) -> list[str]:
    import globox  # type: ignore[import-not-found]

    found = globox.AnnotationSet.from_coco(file)
    found.show_stats()
    return []


def _datumaro(root: str, images: str, file: str) -> list[str]:
    import datumaro  # type: ignore[import-not-found]
    from datumaro.plugins.validators import DetectionValidator  # type: ignore[import-not-found]

    found = datumaro.Dataset.import_from(root, "coco_instances")
    validator = DetectionValidator(
        few_samples_thr=1, imbalance_ratio_thr=50, far_from_mean_thr=5, dominance_ratio_thr=0.8, topk_bins=0.1
    )
    report = validator.validate(found)
    return [f"{each['anomaly_type']} {each.get('item_id', '')}" for each in report["validation_reports"]]


LIBRARIES = {
    "pycocotools": _pycocotools,
    "supervision": _supervision,
    "globox": _globox,
    "datumaro": _datumaro,
}


def main() -> None:
    """Print what it says as a line of JSON."""
    library, root = sys.argv[1:]
    images, file = os.path.join(root, "images"), os.path.join(root, "annotations", "instances_all.json")
    messages: list[str] = []
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    result: dict[str, Any] = {"error": ""}
    begun = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        try:
            messages += LIBRARIES[library](root, images, file)
        except Exception as error:
            result["error"] = f"{type(error).__name__}: {error}"[:300]
    result["seconds"] = time.perf_counter() - begun
    result["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ours = [str(each.message) for each in caught if not issubclass(each.category, DeprecationWarning | FutureWarning)]
    result["said"] = sorted({*messages, *ours, *stream.getvalue().splitlines()})
    print(json.dumps(result))


if __name__ == "__main__":
    main()
