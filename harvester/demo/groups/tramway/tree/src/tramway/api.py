"""Ask for a delay."""

import torch
from fastapi import FastAPI

from tramway.model import DelayModel

app = FastAPI()
model = DelayModel()
model.load_state_dict(torch.load("models/tramway.pt"))
model.eval()


@app.post("/predict")
def predict(delays: list[float]) -> dict[str, float]:
    """Minutes of delay in a quarter of an hour, from the last hour."""
    with torch.inference_mode():
        return {"minutes": model(torch.tensor([delays])).item()}
