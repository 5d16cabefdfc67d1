"""A small recurrent network."""

import torch
from torch import nn


class DelayModel(nn.Module):
    """One hour of delays in, one delay out."""

    def __init__(self, hidden: int = 32) -> None:
        super().__init__()
        self.memory = nn.GRU(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, delays: torch.Tensor) -> torch.Tensor:
        """Delays in minutes for a batch of windows."""
        _, state = self.memory(delays.unsqueeze(-1))
        return self.head(state[-1]).squeeze(-1)
