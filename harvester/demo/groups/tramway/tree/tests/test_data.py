import numpy as np

from tramway.data import WINDOW, make_windows


def test_windows_and_targets_belong_together():
    inputs, targets = make_windows(np.arange(30.0), ahead=3).tensors
    assert inputs.shape == (16, WINDOW)
    assert (targets - inputs[:, -1] == 3).all()
