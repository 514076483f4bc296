"""Train the reference ResNet50 on SIGNS and report what a student will see, epoch by epoch.

    python benchmarks/train_signs.py --epochs 30 --json out.json

The network is the one of unit 1: the functions are taken from the solution cells of its notebook
in `source/`, not written down here a second time. Settings are the assignment's: pictures divided
by 255, one-hot labels, Adam at its default rate, categorical cross-entropy, batches of 32.

Three test accuracies are told apart, for the same weights:
inference     BatchNorm uses its moving averages, as `predict` does;
batch         BatchNorm uses each test batch's own statistics, as in training;
re-estimated  inference, after one pass over the training set has replaced the moving averages
              by the plain mean of the batch statistics (given for the last epoch).
"""

from __future__ import annotations

import argparse
import ast
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from resnet_course import load_signs

NOTEBOOK = Path(__file__).parents[1] / "source/unit1-residual-networks/residual_networks.ipynb"
SOLUTIONS = ("identity_block", "convolutional_block", "resnet50")
BATCH = 32


def main() -> None:
    options = _options()
    keras.utils.set_random_seed(options.seed)
    signs = load_signs(options.data)
    print(signs)
    model = reference_builder(options.notebook)(input_shape=(64, 64, 3), classes=6)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    report = Report(signs.test_x / np.float32(255), signs.test_y)
    train_x = signs.train_x / np.float32(255)
    train_y = np.eye(6, dtype=np.float32)[signs.train_y]
    print("epoch  seconds  train loss  train acc  test acc: inference  batch")
    model.fit(
        train_x, train_y, epochs=options.epochs, batch_size=BATCH, verbose=0, callbacks=[report]
    )
    reestimate(model, train_x)
    last = accuracy(model, report.test_x, report.test_y)
    print(f"test accuracy with re-estimated moving statistics: {last:.3f}")
    if options.json:
        result = {
            "data": signs.origin,
            "epochs": report.rows,
            "seed": options.seed,
            "test_accuracy_reestimated": last,
        }
        options.json.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n")


class Report(keras.callbacks.Callback):
    """Prints and keeps one row of numbers after each epoch."""

    def __init__(self, test_x: np.ndarray, test_y: np.ndarray) -> None:
        super().__init__()
        self.test_x, self.test_y = test_x, test_y
        self.rows: list[dict[str, float]] = []
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        row = {
            "epoch": epoch + 1,
            "seconds": time.perf_counter() - self._start,
            "train_loss": float(logs["loss"]),
            "train_accuracy": float(logs["accuracy"]),
            "test_accuracy": accuracy(self.model, self.test_x, self.test_y),
            "test_accuracy_batch": accuracy(self.model, self.test_x, self.test_y, batch=True),
        }
        self.rows.append(row)
        print(
            f"{row['epoch']:5.0f}  {row['seconds']:7.1f}  {row['train_loss']:10.3f}  "
            f"{row['train_accuracy']:9.3f}  {row['test_accuracy']:19.3f}  "
            f"{row['test_accuracy_batch']:5.3f}",
            flush=True,
        )


def accuracy(model: keras.Model, x: np.ndarray, y: np.ndarray, *, batch: bool = False) -> float:
    """The share of right answers on `x` (count, 64, 64, 3) with labels `y` (count,).

    With `batch`, BatchNorm uses the statistics of each batch of 32; the moving averages, which such
    a call changes, are put back afterwards.
    """
    kept = [keras.ops.convert_to_numpy(w) for w in model.non_trainable_weights]
    right = 0
    for start in range(0, len(x), BATCH):
        part = slice(start, start + BATCH)
        answers = keras.ops.convert_to_numpy(model(x[part], training=batch))
        right += int((answers.argmax(axis=1) == y[part]).sum())
    for weight, value in zip(model.non_trainable_weights, kept, strict=True):
        weight.assign(value)
    return right / len(x)


def reestimate(model: keras.Model, x: np.ndarray) -> None:
    """Replace BatchNorm's moving averages by the mean of the batch statistics over `x`, in place.

    With momentum k / (k + 1) at batch k (from 0) a moving average is the plain mean so far.
    """
    norms = [n for n in model.layers if isinstance(n, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for k in range(len(x) // BATCH):
        for norm in norms:
            norm.momentum = k / (k + 1)
        model(x[k * BATCH : (k + 1) * BATCH], training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def reference_builder(notebook: Path) -> Callable[..., keras.Model]:
    """The function `ResNet50` of the notebook's solution cells.

    Runs the notebook's imports and the three solution cells, nothing else. Raises SystemExit when
    the notebook or one of the cells is missing.
    """
    if not notebook.exists():
        raise SystemExit(f"{notebook} is missing: build the lessons first.")
    cells = [c for c in json.loads(notebook.read_text())["cells"] if c["cell_type"] == "code"]
    solutions: dict[str, str] = {}
    names: dict[str, Any] = {}
    for cell in cells:
        source = "".join(cell["source"])
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in SOLUTIONS:
            solutions[grade_id] = source
        imports = [s for s in ast.parse(source).body if isinstance(s, ast.Import | ast.ImportFrom)]
        exec(compile(ast.Module(imports, []), str(notebook), "exec"), names)
    for grade_id in SOLUTIONS:
        if grade_id not in solutions:
            raise SystemExit(f"{notebook} has no cell {grade_id!r}.")
        exec(compile(solutions[grade_id], f"{notebook.name}:{grade_id}", "exec"), names)
    return names["ResNet50"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the reference ResNet50 on SIGNS.")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--data", type=Path, help="folder with the real files (else the stand-in)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    parser.add_argument("--notebook", type=Path, default=NOTEBOOK, help="where the solutions are")
    return parser.parse_args()


if __name__ == "__main__":
    main()
