"""One experiment: configuration in, checkpoint and curves out."""

from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from lightning import Trainer, seed_everything
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import WandbLogger
from loguru import logger
from omegaconf import DictConfig, OmegaConf

from harbour.data import make_loader
from harbour.model import PriceModel


def build_model(config: DictConfig) -> PriceModel:
    """The model that a configuration describes."""
    return PriceModel(**config.model, lr=config.optimizer.lr, weight_decay=config.optimizer.weight_decay)


@hydra.main(version_base=None, config_path="../../configs", config_name="config")
def train(config: DictConfig) -> None:
    """Train until the validation error stops falling, and keep the best checkpoint."""
    folder = Path(HydraConfig.get().runtime.output_dir)
    logger.add(folder / "train.log")
    logger.info("configuration:\n{}", OmegaConf.to_yaml(config))
    seed_everything(config.seed, workers=True)

    loaders = {
        split: make_loader(Path(config.data.folder), split, config.data.batch_size, config.data.workers)
        for split in ("train", "val")
    }
    checkpoint = ModelCheckpoint(dirpath=folder, monitor="val_mae", filename="best")
    trainer = Trainer(
        max_epochs=config.trainer.max_epochs,
        precision=config.trainer.precision,
        profiler=config.trainer.profiler,
        default_root_dir=folder,
        callbacks=[checkpoint, EarlyStopping("val_mae", patience=5)],
        logger=WandbLogger(project=config.wandb.project, offline=config.wandb.mode == "offline", log_model=True),
    )
    trainer.fit(build_model(config), loaders["train"], loaders["val"])
    logger.success("best error {:.2f} kr/kg in {}", checkpoint.best_model_score, checkpoint.best_model_path)


if __name__ == "__main__":
    train()
