"""How far off we are, per species, on the days nobody trained on."""

from pathlib import Path

import pandas as pd
import torch
import typer
from loguru import logger

from harbour.data import FEATURES, PriceData
from harbour.model import PriceModel


def error_by_species(model: PriceModel, data: PriceData) -> pd.Series:
    """Mean absolute error in kroner for each species."""
    features, prices = data.tensors.tensors
    with torch.inference_mode():
        errors = (model(features) - prices).abs()
    table = pd.DataFrame({"species": features[:, FEATURES.index("species")], "error": errors})
    return table.groupby("species")["error"].mean()


def main(checkpoint: Path, folder: Path = Path("data/processed")) -> None:
    """Print the table and log the overall error."""
    model = PriceModel.load_from_checkpoint(checkpoint).eval()
    errors = error_by_species(model, PriceData(folder, "test"))
    logger.info("overall {:.2f} kr/kg", errors.mean())
    print(errors.to_string())


if __name__ == "__main__":
    typer.run(main)
