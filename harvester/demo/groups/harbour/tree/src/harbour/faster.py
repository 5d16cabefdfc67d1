"""The same model, smaller and quicker: quantised for our own service, exported for others."""

import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import typer
from loguru import logger
from torch import nn

from harbour.model import PriceModel


def quantize(model: nn.Module) -> nn.Module:
    """Eight-bit weights for the linear layers."""
    return torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)


def export(model: PriceModel, path: Path) -> onnxruntime.InferenceSession:
    """Write the model as ONNX, and open it again to be sure that it runs."""
    torch.onnx.export(model, torch.zeros(1, 6), path, input_names=["features"], dynamic_axes={"features": {0: "lots"}})
    session = onnxruntime.InferenceSession(str(path))
    session.run(None, {"features": np.zeros((3, 6), dtype=np.float32)})
    return session


def seconds_per_call(model: nn.Module, calls: int = 500) -> float:
    """How long one prediction takes, warmed up."""
    lot = torch.randn(1, 6)
    with torch.inference_mode():
        model(lot)
        start = time.perf_counter()
        for _ in range(calls):
            model(lot)
    return (time.perf_counter() - start) / calls


def main(checkpoint: Path, target: Path = Path("models/harbour.onnx")) -> None:
    """Compare the plain model with the quantised one, and export."""
    model = PriceModel.load_from_checkpoint(checkpoint).eval()
    logger.info("plain {:.1f} us", 1e6 * seconds_per_call(model))
    logger.info("quantised {:.1f} us", 1e6 * seconds_per_call(quantize(model)))
    export(model, target)


if __name__ == "__main__":
    typer.run(main)
