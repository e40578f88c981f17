"""IoU and average precision against pycocotools."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_files import load_exports
from pycocotools import mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

nb = load_exports("detection-map")

THRESHOLDS = [0.05, 0.5, 0.75, 0.95, 1.0]
EXACT = {"rel": 1e-9, "abs": 1e-12}


def as_xywh(box):
    x1, y1, x2, y2 = map(float, box)
    return [x1, y1, x2 - x1, y2 - y1]


def coco_average_precision(detections, ground_truths, thresholds):
    """What pycocotools says for one class, at each threshold."""
    images = sorted({d[0] for d in detections} | {g[0] for g in ground_truths})
    number = {image: i + 1 for i, image in enumerate(images)}
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "images": [{"id": i} for i in number.values()],
            "categories": [{"id": 1, "name": "thing"}],
            "annotations": [
                {
                    "id": k + 1,
                    "image_id": number[image],
                    "category_id": 1,
                    "bbox": as_xywh(box),
                    "area": as_xywh(box)[2] * as_xywh(box)[3],
                    "iscrowd": 0,
                }
                for k, (image, box) in enumerate(ground_truths)
            ],
        }
        truth.createIndex()
        if not detections:
            return [0.0] * len(thresholds)  # loadRes refuses an empty list
        found = truth.loadRes(
            [
                {
                    "image_id": number[image],
                    "category_id": 1,
                    "bbox": as_xywh(box),
                    "score": score,
                }
                for image, score, box in detections
            ]
        )
        run = COCOeval(truth, found, "bbox")
        run.params.iouThrs = np.array(thresholds)
        run.evaluate()
        run.accumulate()
    return run.eval["precision"][:, :, 0, 0, -1].mean(axis=1)


def random_case(seed, crowded=False):
    """Detections and truths on a grid, so that ties in IoU and in score abound."""
    rng = np.random.default_rng(seed)
    n_images = int(rng.integers(1, 5))
    size = int(rng.integers(4, 30))

    def box():
        x, y = rng.integers(0, size, 2)
        w, h = rng.integers(0 if rng.random() < 0.2 else 1, 12, 2)
        return [int(x), int(y), int(x + w), int(y + h)]

    truths = [
        (image, box())
        for image in range(n_images)
        for _ in range(rng.integers(0, 30 if crowded else 6))
    ] or [(0, box())]
    detections = []
    for image, b in truths:  # some exact, some shifted, some twice
        for _ in range(rng.integers(0, 3)):
            shift = rng.integers(-1, 2, 4) * (rng.random() < 0.7)
            moved = np.array(b) + shift
            moved[2:] = np.maximum(moved[:2], moved[2:])
            detections.append((image, float(rng.integers(0, 6)) / 5, moved.tolist()))
    for _ in range(rng.integers(0, 500 if crowded else 8)):
        image = int(rng.integers(0, n_images + 1))  # also images without a truth
        detections.append((image, float(rng.integers(0, 6)) / 5, box()))
    order = rng.permutation(len(detections))
    return [detections[i] for i in order], truths


@pytest.mark.parametrize("seed", range(300))
def test_average_precision_of_random_cases_equals_pycocotools(seed):
    detections, truths = random_case(seed)
    want = coco_average_precision(detections, truths, THRESHOLDS)
    got = [nb.detection_average_precision(detections, truths, t) for t in THRESHOLDS]
    assert got == pytest.approx(want, **EXACT)


@pytest.mark.parametrize("seed", range(40))
def test_more_than_100_detections_in_an_image_equal_pycocotools(seed):
    detections, truths = random_case(seed, crowded=True)
    want = coco_average_precision(detections, truths, THRESHOLDS)
    got = [nb.detection_average_precision(detections, truths, t) for t in THRESHOLDS]
    assert got == pytest.approx(want, **EXACT)


def test_the_random_cases_are_awkward():
    """Ties, images without truths and over 100 boxes do occur in what is compared."""
    cases = [random_case(seed) for seed in range(300)]
    crowded = [random_case(seed, crowded=True)[0] for seed in range(40)]
    assert sum(len({d[1] for d in ds}) < len(ds) for ds, _ in cases) > 200
    assert sum(bool({d[0] for d in ds} - {t[0] for t in ts}) for ds, ts in cases) > 100
    assert (
        sum(np.bincount([d[0] for d in ds] or [0]).max() > 100 for ds in crowded) > 10
    )


corner = st.integers(0, 20)
side = st.integers(0, 20)
boxes = st.lists(
    st.tuples(corner, corner, side, side).map(
        lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]]
    ),
    min_size=1,
    max_size=6,
)


@given(a=boxes, b=boxes)
@settings(deadline=None, max_examples=300)
def test_iou_equals_pycocotools_also_for_boxes_without_area(a, b):
    xywh = [np.array([as_xywh(box) for box in some]) for some in (a, b)]
    want = np.array(mask.iou(*xywh, [0] * len(b))).reshape(len(a), len(b))
    got = nb.box_iou(a, b)
    assert got == pytest.approx(want, **EXACT)
    assert got == pytest.approx(nb.box_iou(b, a).T)


@pytest.mark.parametrize("seed", range(100))
def test_iou_of_fractional_boxes_equals_pycocotools(seed):
    rng = np.random.default_rng(seed)
    a, b = (
        np.cumsum(rng.uniform(0, 9, (int(rng.integers(1, 9)), 2, 2)), axis=1).reshape(
            -1, 4
        )
        for _ in range(2)
    )
    xywh = [np.array([as_xywh(box) for box in some]) for some in (a, b)]
    want = np.array(mask.iou(*xywh, [0] * len(b))).reshape(len(a), len(b))
    assert nb.box_iou(a, b) == pytest.approx(want, **EXACT)


def test_iou_by_hand_and_its_shape():
    iou = nb.box_iou(
        [[0, 0, 10, 10]], [[0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10]]
    )
    assert iou == pytest.approx(np.array([[1, 1 / 3, 0]]))
    assert nb.box_iou([], [[0, 0, 1, 1]]).shape == (0, 1)
    assert nb.box_iou([[0, 0, 1, 1]], np.zeros((0, 4))).shape == (1, 0)


A, B = [0, 0, 10, 10], [20, 0, 30, 10]


def test_a_perfect_detector_scores_one_and_a_silent_one_zero():
    truths = [("b", A), ("a", B), ("a", A)]
    found = [(image, 0.5, box) for image, box in truths]
    for threshold in THRESHOLDS:
        assert nb.detection_average_precision(found, truths, threshold) == 1
    silent = nb.detection_average_precision([], truths, 0.5)
    assert silent == 0 and type(silent) is float


def test_a_duplicate_is_a_false_alarm():
    truths = [(1, A), (1, B)]
    once = [(1, 0.9, A), (1, 0.7, B)]
    twice = [(1, 0.9, A), (1, 0.8, A), (1, 0.7, B)]
    assert nb.detection_average_precision(once, truths, 0.5) == 1
    value = nb.detection_average_precision(twice, truths, 0.5)
    assert value == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_a_box_in_another_image_does_not_match():
    assert nb.detection_average_precision([(2, 0.9, A)], [(1, A)], 0.5) == 0


def test_the_threshold_itself_counts_as_found():
    half = [0, 0, 10, 5]  # an IoU of exactly one half
    assert nb.detection_average_precision([(1, 0.9, half)], [(1, A)], 0.5) == 1
    assert nb.detection_average_precision([(1, 0.9, half)], [(1, A)], 0.51) == 0


def test_a_threshold_of_one_forgives_rounding_as_pycocotools_does():
    for missing in (5e-11, 5e-10):
        detections, truths = [(1, 0.9, [0, 0, 10, 10 * (1 - missing)])], [(1, A)]
        (want,) = coco_average_precision(detections, truths, [1.0])
        got = nb.detection_average_precision(detections, truths, 1.0)
        assert got == (missing < 1e-10) == pytest.approx(want, **EXACT)


def test_only_the_best_100_boxes_of_an_image_count():
    junk = [(1, 0.9, [50, 50, 51, 51])] * 100
    assert nb.detection_average_precision([*junk, (1, 0.8, A)], [(1, A)], 0.5) == 0
    other = [(2, score, box) for _, score, box in junk]
    assert nb.detection_average_precision([*other, (1, 0.8, A)], [(1, A)], 0.5) > 0


def test_equal_scores_keep_the_order_of_the_input():
    hit, miss = (1, 0.5, A), (1, 0.5, B)
    assert nb.detection_average_precision([hit, miss], [(1, A)], 0.5) == 1
    assert nb.detection_average_precision([miss, hit], [(1, A)], 0.5) == 0.5


def test_boxes_below_all_others_never_lower_the_value():
    for seed in range(60):
        detections, truths = random_case(seed)
        junk = [(i, s - 10, b) for i, s, b in random_case(seed + 1000)[0]]
        for threshold in (0.5, 0.75):
            before = nb.detection_average_precision(detections, truths, threshold)
            after = nb.detection_average_precision(detections + junk, truths, threshold)
            assert after >= before - 1e-12


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[0, 0, 1]], r"must have shape \(n, 4\)"),
        ([0, 0, 1, 1], r"must have shape \(n, 4\)"),
        ([[0, 0, np.nan, 1]], "holds NaN or infinity"),
        ([[0, 0, np.inf, 1]], "holds NaN or infinity"),
        ([[2, 0, 1, 1]], "needs x1 <= x2"),
        ([[0, 2, 1, 1]], "needs x1 <= x2 and y1 <= y2"),
    ],
)
def test_what_is_no_box_is_refused(position, bad, message):
    arguments = [[A], [A]]
    arguments[position] = bad
    with pytest.raises(ValueError, match=message):
        nb.box_iou(*arguments)


@pytest.mark.parametrize(
    ("detections", "truths", "threshold", "message"),
    [
        ([(1, 0.5, A)], [], 0.5, "no ground truths"),
        ([], [], 0.5, "no ground truths"),
        ([(1, 0.5)], [(1, A)], 0.5, "detections must be tuples of 3"),
        ([(1, 0.5, A)], [(1, 0.5, A)], 0.5, "ground_truths must be tuples of 2"),
        ([7], [(1, A)], 0.5, "detections must be tuples of 3"),
        ([(1, np.nan, A)], [(1, A)], 0.5, "score must be a finite number"),
        ([(1, np.inf, A)], [(1, A)], 0.5, "score must be a finite number"),
        ([(1, 0.5, [0, 0, np.nan, 1])], [(1, A)], 0.5, "detections holds NaN"),
        ([(1, 0.5, A)], [(1, [5, 0, 1, 1])], 0.5, "ground_truths needs x1 <= x2"),
        ([(1, 0.5, A)], [(1, A)], 0, r"iou_threshold must be in \(0, 1\]"),
        ([(1, 0.5, A)], [(1, A)], 1.01, r"iou_threshold must be in \(0, 1\]"),
        ([(1, 0.5, A)], [(1, A)], np.nan, r"iou_threshold must be in \(0, 1\]"),
        ([(1, 0.5, A), ("a", 0.5, A)], [(1, A)], 0.5, "all numbers or all strings"),
    ],
)
def test_bad_input_is_refused(detections, truths, threshold, message):
    with pytest.raises(ValueError, match=message):
        nb.detection_average_precision(detections, truths, threshold)
