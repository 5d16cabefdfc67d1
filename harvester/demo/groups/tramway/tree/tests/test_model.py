import torch

from tramway.model import DelayModel


def test_one_delay_per_window():
    assert DelayModel()(torch.rand(5, 12)).shape == (5,)
