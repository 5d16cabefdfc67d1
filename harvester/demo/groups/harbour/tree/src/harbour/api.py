"""The service: one lot in, one price out, and every request kept for the drift check."""

import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path

import torch
from fastapi import BackgroundTasks, FastAPI, HTTPException
from google.cloud import storage
from loguru import logger
from prometheus_client import Counter, Histogram, make_asgi_app
from pydantic import BaseModel, Field

from harbour.model import PriceModel

CHECKPOINT = Path(os.getenv("HARBOUR_CHECKPOINT", "models/best.ckpt"))
BUCKET = os.getenv("HARBOUR_BUCKET", "")

requests_total = Counter("harbour_requests_total", "Predictions asked for.")
failures_total = Counter("harbour_failures_total", "Predictions that went wrong.")
latency = Histogram("harbour_latency_seconds", "Time per prediction.")
state: dict[str, PriceModel] = {}


class Lot(BaseModel):
    """One lot of fish, as the skipper knows it the evening before."""

    species: int = Field(ge=0, le=40)
    size_class: int = Field(ge=0, le=5)
    weight_kg: float = Field(gt=0)
    wind_ms: float = Field(ge=0)
    weekday: int = Field(ge=0, le=6)
    yesterday: float = Field(gt=0)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the model once; forget it at the end."""
    if CHECKPOINT.exists():
        state["model"] = PriceModel.load_from_checkpoint(CHECKPOINT).eval()
        logger.info("serving {}", CHECKPOINT)
    yield
    state.clear()


app = FastAPI(title="Harbour prices", lifespan=lifespan)
app.mount("/metrics", make_asgi_app())


def keep(lot: Lot, price: float) -> None:
    """Store the input with its prediction in the bucket, one object per request."""
    now = datetime.now(tz=timezone.utc)
    row = {"time": now.isoformat(), **lot.model_dump(), "price": price}
    if BUCKET:
        blob = storage.Client().bucket(BUCKET).blob(f"predictions/{now:%Y-%m-%d}/{now:%H%M%S%f}.json")
        blob.upload_from_string(json.dumps(row), content_type="application/json")


@app.get("/")
def health() -> dict[str, str]:
    """Whether the service is up and has a model."""
    return {"status": "ready" if "model" in state else "no model"}


@app.post("/predict")
def predict(lot: Lot, background: BackgroundTasks) -> dict[str, float]:
    """The expected price in kroner per kilo."""
    requests_total.inc()
    start = time.perf_counter()
    if "model" not in state:
        failures_total.inc()
        raise HTTPException(status_code=503, detail="no model is loaded")
    with torch.inference_mode():
        price = float(state["model"](torch.tensor([list(lot.model_dump().values())], dtype=torch.float32)))
    latency.observe(time.perf_counter() - start)
    background.add_task(keep, lot, price)
    return {"price": round(price, 2)}
