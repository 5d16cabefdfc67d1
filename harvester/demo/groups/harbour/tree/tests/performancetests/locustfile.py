import random

from locust import HttpUser, between, task


class Skipper(HttpUser):
    """Somebody on deck who asks for a price every few seconds."""

    wait_time = between(1, 3)

    @task(1)
    def look(self) -> None:
        self.client.get("/")

    @task(5)
    def ask(self) -> None:
        lot = {"species": random.randint(0, 4), "size_class": 2, "weight_kg": random.uniform(20, 900)}
        self.client.post("/predict", json={**lot, "wind_ms": 7.0, "weekday": 2, "yesterday": 30.0})
