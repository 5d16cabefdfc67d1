"""The network."""

import torch
from lightning import LightningModule
from torch import nn


class PriceModel(LightningModule):
    """A plain feed-forward network from six numbers to a price per kilo."""

    def __init__(
        self,
        hidden: int = 64,
        layers: int = 2,
        dropout: float = 0.1,
        lr: float = 1e-3,
        weight_decay: float = 1e-4,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        blocks: list[nn.Module] = []
        width = 6
        for _ in range(layers):
            blocks += [nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout)]
            width = hidden
        self.net = nn.Sequential(*blocks, nn.Linear(width, 1))
        self.loss = nn.HuberLoss()

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Prices for a batch of features."""
        if features.ndim != 2 or features.shape[1] != 6:
            raise ValueError("expected a batch of six features")
        return self.net(features).squeeze(-1)

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], index: int) -> torch.Tensor:
        """Loss of one batch."""
        features, prices = batch
        loss = self.loss(self(features), prices)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], index: int) -> None:
        """Mean error in kroner, which a skipper understands."""
        features, prices = batch
        self.log("val_mae", (self(features) - prices).abs().mean(), prog_bar=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW, with what the configuration says."""
        return torch.optim.AdamW(
            self.parameters(), lr=self.hparams["lr"], weight_decay=self.hparams["weight_decay"]
        )
