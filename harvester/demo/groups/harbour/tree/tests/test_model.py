import pytest
import torch

from harbour.faster import quantize
from harbour.model import PriceModel


@pytest.mark.parametrize("lots", [1, 7, 64])
def test_one_price_per_lot(lots):
    assert PriceModel()(torch.randn(lots, 6)).shape == (lots,)


def test_wrong_features_are_refused():
    with pytest.raises(ValueError, match="six features"):
        PriceModel()(torch.randn(4, 5))


def test_a_step_lowers_the_loss():
    torch.manual_seed(1)
    model, features, prices = PriceModel(dropout=0.0), torch.randn(64, 6), torch.rand(64)
    optimizer = model.configure_optimizers()
    before = model.loss(model(features), prices)
    before.backward()
    optimizer.step()
    assert model.loss(model(features), prices) < before


def test_the_small_model_says_about_the_same():
    model, lots = PriceModel().eval(), torch.randn(8, 6)
    assert torch.allclose(model(lots), quantize(model)(lots), atol=0.2)
