"""Training on two cards of one machine; not on main yet, for it still hangs at the end of an epoch."""

import hydra
from lightning import Trainer
from omegaconf import DictConfig

from harbour.train import build_model


@hydra.main(version_base=None, config_path="../../configs", config_name="config")
def train(config: DictConfig) -> None:
    """As `harbour.train`, with one process per card."""
    trainer = Trainer(accelerator="gpu", devices=2, strategy="ddp", max_epochs=config.trainer.max_epochs)
    trainer.fit(build_model(config))


if __name__ == "__main__":
    train()
