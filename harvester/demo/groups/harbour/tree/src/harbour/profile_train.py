"""Where the time of a training step goes."""

from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from harbour.model import PriceModel


def profile_steps(steps: int = 50, batch: int = 128) -> str:
    """A table of the dearest operations over some training steps on random lots."""
    model = PriceModel()
    optimizer = model.configure_optimizers()
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as prof:
        for _ in range(steps):
            with record_function("step"):
                loss = model.loss(model(torch.randn(batch, 6)), torch.rand(batch))
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
    return prof.key_averages().table(sort_by="cpu_time_total", row_limit=12)


if __name__ == "__main__":
    table = profile_steps()
    Path("reports/profile.txt").write_text(table)
    print(table)
