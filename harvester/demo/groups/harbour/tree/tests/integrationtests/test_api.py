import pytest
from fastapi.testclient import TestClient

from harbour import api
from harbour.model import PriceModel

LOT = {"species": 2, "size_class": 1, "weight_kg": 340, "wind_ms": 9.5, "weekday": 3, "yesterday": 31.5}


@pytest.fixture
def client():
    with TestClient(api.app) as client:
        api.state["model"] = PriceModel().eval()
        yield client


def test_health(client):
    assert client.get("/").json() == {"status": "ready"}


def test_a_lot_gets_a_price(client):
    response = client.post("/predict", json=LOT)
    assert response.status_code == 200
    assert isinstance(response.json()["price"], float)


def test_a_lot_without_weight_is_refused(client):
    assert client.post("/predict", json={**LOT, "weight_kg": 0}).status_code == 422


def test_requests_are_counted(client):
    client.post("/predict", json=LOT)
    assert "harbour_requests_total" in client.get("/metrics/").text
