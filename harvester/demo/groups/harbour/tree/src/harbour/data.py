"""The auction notes: read, cleaned, scaled, and served in batches."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import torch
import typer
from loguru import logger
from torch.utils.data import DataLoader, Dataset, TensorDataset

FEATURES = ["species", "size_class", "weight_kg", "wind_ms", "weekday", "yesterday"]
TARGET = "price"

app = typer.Typer()


def read_notes(folder: Path) -> pd.DataFrame:
    """All notes of a folder in one table, one row per sold lot."""
    tables = [pd.read_csv(path, sep=";", decimal=",") for path in sorted(folder.glob("*.csv"))]
    if not tables:
        raise FileNotFoundError(f"no auction notes in {folder}; run `dvc pull` first")
    notes = pd.concat(tables, ignore_index=True)
    logger.info("read {} lots from {} files", len(notes), len(tables))
    return notes


def clean_notes(notes: pd.DataFrame) -> pd.DataFrame:
    """Drop lots without a price and those that a slipped comma made absurd."""
    known = notes.dropna(subset=[*FEATURES, TARGET])
    sane = known[(known[TARGET] > 0) & (known[TARGET] < 500) & (known["weight_kg"] > 0)]
    logger.info("dropped {} of {} lots", len(notes) - len(sane), len(notes))
    return sane


class PriceData(Dataset):
    """Scaled features and prices; the scale of the training part is kept for the service."""

    def __init__(self, folder: Path, split: str) -> None:
        stored = torch.load(folder / f"{split}.pt", weights_only=True)
        self.tensors = TensorDataset(stored["features"], stored["prices"])

    def __len__(self) -> int:
        return len(self.tensors)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.tensors[index]


def make_loader(folder: Path, split: str, batch_size: int, workers: int) -> DataLoader:
    """Batches of one split; several workers read ahead while the model is busy."""
    return DataLoader(
        PriceData(folder, split),
        batch_size=batch_size,
        shuffle=split == "train",
        num_workers=workers,
        persistent_workers=workers > 0,
    )


@app.command()
def preprocess(
    raw: Annotated[Path, typer.Argument(help="Folder of the auction notes.")],
    processed: Annotated[Path, typer.Argument(help="Where the tensors go.")],
) -> None:
    """Clean the notes, split them by date, scale by the training part, store tensors."""
    notes = clean_notes(read_notes(raw)).sort_values("date")
    edges = [int(len(notes) * share) for share in (0.7, 0.85)]
    parts = {"train": notes[: edges[0]], "val": notes[edges[0] : edges[1]], "test": notes[edges[1] :]}
    mean, std = parts["train"][FEATURES].mean(), parts["train"][FEATURES].std()
    processed.mkdir(parents=True, exist_ok=True)
    for name, part in parts.items():
        scaled = torch.tensor(((part[FEATURES] - mean) / std).to_numpy(), dtype=torch.float32)
        prices = torch.tensor(part[TARGET].to_numpy(), dtype=torch.float32)
        torch.save({"features": scaled, "prices": prices}, processed / f"{name}.pt")
        logger.info("{}: {} lots", name, len(part))
    torch.save({"mean": torch.tensor(mean.to_numpy()), "std": torch.tensor(std.to_numpy())}, processed / "scale.pt")


if __name__ == "__main__":
    app()
