"""Boxes, keypoints and masks that the hook copied with a picture: what their numbers mean."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.watched.records import PictureTargets

_SHARE_MOST = 1.05  # coordinates that are shares of the image may stick out a little
_XYWH_KEYS = ("bbox",)  # COCO's
_CENTRE_KEYS = ("bboxes",)  # of shares: Ultralytics'
Array = npt.NDArray[np.float32]


def targets_of(
    said: Sequence[Mapping[str, Any]], content: bytes, at: int, shape: tuple[int, ...]
) -> tuple[PictureTargets | None, int]:
    """(what belongs to a picture of `shape`, where its bytes end); they begin at `at` in `content`."""
    arrays: dict[str, tuple[Array, Mapping[str, Any]]] = {}
    mask: npt.NDArray[np.uint8] | None = None
    instances = False
    for each in said:
        kind = np.dtype(np.uint8 if each["kind"] == "masks" else np.float32)
        sides = tuple(int(side) for side in each["shape"])
        count = int(np.prod(sides))
        if min(sides, default=0) < 0 or at + count * kind.itemsize > len(content):
            raise ValueError("targets that are not there")
        values = np.frombuffer(content, kind, count, at).reshape(sides)
        at += count * kind.itemsize
        if each["kind"] == "masks":
            mask, instances = values, len(each["whole"]) == 3
        else:
            arrays[str(each["kind"])] = (values, each)
    if not arrays and mask is None:
        return None, at
    size = _size(shape)
    boxes, how, in_all = np.zeros((0, 4), np.float32), "", 0
    if "boxes" in arrays:
        values, about = arrays["boxes"]
        boxes, how = _boxes(values, str(about["key"]), str(about["format"]), size, "class_labels" in _keys(arrays))
        in_all = int(about["whole"][0])
    labels = np.full(len(boxes), -1, np.int32)
    if "labels" in arrays:
        given = np.nan_to_num(arrays["labels"][0].reshape(-1)[: len(boxes)], nan=-1.0, posinf=-1.0, neginf=-1.0)
        labels[: len(given)] = np.clip(given, -1, 2**31 - 256).astype(np.int32)
    keypoints = np.zeros((0, 0, 3), np.float32)
    if "keypoints" in arrays:
        keypoints = _keypoints(arrays["keypoints"][0], size)
    return PictureTargets(boxes, labels, keypoints, mask, instances, max(in_all, len(boxes)), how), at


def _keys(arrays: Mapping[str, tuple[Array, Mapping[str, Any]]]) -> set[str]:
    return {str(about["key"]) for _, about in arrays.values()}


def _boxes(values: Array, key: str, form: str, size: tuple[int, int], like_detr: bool) -> tuple[Array, str]:
    """(left, top, right, bottom in pixels, how they were read)."""
    finite = values[np.isfinite(values).all(axis=-1)]
    shares = bool(finite.size) and float(finite.max()) <= _SHARE_MOST and float(finite.min()) >= -0.05
    corners = bool((finite[:, 2:] >= finite[:, :2]).all())
    kind, why = form.lower(), "as their type says" if key else "by their columns"
    if kind not in ("xyxy", "xywh", "cxcywh"):
        why = f"by the key “{key}”" if key else "by their values"
        if shares and (like_detr or key in _CENTRE_KEYS):
            kind = "cxcywh"
        elif key in _XYWH_KEYS and not shares:
            kind = "xywh"
        elif corners:
            kind = "xyxy"
        else:  # no corners: a right edge left of the left one
            kind, why = ("cxcywh" if shares else "xywh"), "as they are no corners"
    made = values.astype(np.float32)
    if kind == "xywh":
        made[:, 2:] += made[:, :2]
    elif kind == "cxcywh":
        half = values[:, 2:] / 2
        made = np.concatenate([values[:, :2] - half, values[:, :2] + half], axis=1).astype(np.float32)
    if shares:
        made *= np.array([size[1], size[0], size[1], size[0]], np.float32)
    return made, f"{kind}{', shares of the image' if shares else ''}, {why}"


def _keypoints(values: Array, size: tuple[int, int]) -> Array:
    points = values.astype(np.float32).reshape(-1, values.shape[-2] if values.ndim > 1 else 1, values.shape[-1])
    if points.shape[-1] == 2:
        points = np.concatenate([points, np.ones((*points.shape[:-1], 1), np.float32)], axis=-1)
    places = points[..., :2]
    finite = places[np.isfinite(places)]
    if finite.size and float(finite.max()) <= _SHARE_MOST and float(finite.min()) >= -0.05:
        points[..., :2] *= np.array([size[1], size[0]], np.float32)
    return points


def _size(shape: tuple[int, ...]) -> tuple[int, int]:
    planar = shape[0] in (1, 3, 4) and (shape[-1] not in (1, 3, 4) or min(shape[1:]) >= 8)
    return (shape[1], shape[2]) if planar else (shape[0], shape[1])


def in_words(targets: Sequence[PictureTargets | None]) -> str:
    """A sentence on what a batch's pictures have; "" where they have nothing."""
    there = [each for each in targets if each is not None]
    parts = []
    if boxes := sum(each.boxes_in_all for each in there):
        how = next(each.how for each in there if each.how)
        parts.append(f"{boxes:,} {'box' if boxes == 1 else 'boxes'} ({how})")
    if points := sum(len(each.keypoints) for each in there):
        parts.append(f"keypoints of {points:,}")
    if any(each.mask is not None for each in there):
        parts.append("masks of objects" if any(each.instances for each in there) else "masks of classes")
    return f"Targets: {', '.join(parts)}." if parts else ""
