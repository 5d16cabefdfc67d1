"""Reported positions in, windows of an hour out."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.utils.data import TensorDataset

WINDOW = 12  # reports of five minutes


def read_reports(folder: Path) -> pd.DataFrame:
    """All reports of a folder, ordered in time."""
    return pd.concat(pd.read_csv(path) for path in sorted(folder.glob("*.csv"))).sort_values("time")


def make_windows(delays: np.ndarray, ahead: int = 3) -> TensorDataset:
    """Pairs of an hour of delays and the delay `ahead` reports later."""
    count = len(delays) - WINDOW - ahead + 1
    inputs = np.stack([delays[start : start + WINDOW] for start in range(count)])
    targets = delays[WINDOW + ahead - 1 :]
    return TensorDataset(torch.tensor(inputs, dtype=torch.float32), torch.tensor(targets, dtype=torch.float32))


def preprocess(raw: Path, processed: Path) -> None:
    """Store the windows of all lines in one file."""
    reports = read_reports(raw)
    windows = [make_windows(part["delay"].to_numpy()) for _, part in reports.groupby("line")]
    processed.mkdir(parents=True, exist_ok=True)
    torch.save(
        {
            "inputs": torch.cat([part.tensors[0] for part in windows]),
            "targets": torch.cat([part.tensors[1] for part in windows]),
        },
        processed / "windows.pt",
    )


if __name__ == "__main__":
    preprocess(Path(sys.argv[1]), Path(sys.argv[2]))
