"""Train with the settings of a file."""

import argparse
import logging
from pathlib import Path

import torch
import wandb
import yaml
from torch.utils.data import DataLoader, TensorDataset, random_split

from tramway.model import DelayModel

log = logging.getLogger(__name__)


def run_epoch(model: DelayModel, loader: DataLoader, optimizer: torch.optim.Optimizer | None) -> float:
    """Mean squared error over one pass; without an optimiser nothing is learnt."""
    total = 0.0
    for inputs, targets in loader:
        loss = torch.nn.functional.mse_loss(model(inputs), targets)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item() * len(targets)
    return total / len(loader.dataset)


def train(settings: dict) -> DelayModel:
    """One experiment."""
    torch.manual_seed(settings["seed"])
    stored = torch.load(Path(settings["data"]) / "windows.pt")
    data = TensorDataset(stored["inputs"], stored["targets"])
    training, held_out = random_split(data, [0.8, 0.2])
    model = DelayModel(settings["hidden"])
    optimizer = torch.optim.Adam(model.parameters(), lr=settings["lr"])
    log.info("training on %d windows", len(training))
    with wandb.init(project="tramway", config=settings) as run:
        for epoch in range(settings["epochs"]):
            loss = run_epoch(model, DataLoader(training, settings["batch_size"], shuffle=True), optimizer)
            error = run_epoch(model, DataLoader(held_out, settings["batch_size"]), None) ** 0.5
            run.log({"epoch": epoch, "loss": loss, "val_rmse": error})
            log.info("epoch %d: %.3f minutes off", epoch, error)
    torch.save(model.state_dict(), "models/tramway.pt")
    log.info("stored the model")
    return model


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, default=Path("configs/default.yaml"))
    train(yaml.safe_load(parser.parse_args().config.read_text()))
