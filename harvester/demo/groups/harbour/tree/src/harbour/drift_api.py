"""A service of its own that says how far the requests have drifted."""

import io
import json
import os

import pandas as pd
from fastapi import FastAPI
from google.cloud import storage

from harbour.drift import drift_report, share_of_drifted

app = FastAPI(title="Harbour drift")


def recent_requests(count: int) -> pd.DataFrame:
    """The newest stored requests."""
    bucket = storage.Client().bucket(os.environ["HARBOUR_BUCKET"])
    blobs = sorted(bucket.list_blobs(prefix="predictions/"), key=lambda blob: blob.name)[-count:]
    return pd.DataFrame([json.loads(blob.download_as_text()) for blob in blobs])


def reference_lots() -> pd.DataFrame:
    """The training lots, as the data step left them."""
    blob = storage.Client().bucket(os.environ["HARBOUR_BUCKET"]).blob("reference/train.csv")
    return pd.read_csv(io.BytesIO(blob.download_as_bytes()))


@app.get("/drift")
def drift(count: int = 500) -> dict[str, float]:
    """Share of features that have drifted among the newest requests."""
    return {"share": share_of_drifted(drift_report(reference_lots(), recent_requests(count)))}
