from pathlib import Path

import pandas as pd
import pytest

from harbour.data import FEATURES, clean_notes, make_loader, preprocess, read_notes

LOT = {"species": 1, "size_class": 2, "weight_kg": 120.0, "wind_ms": 5.5, "weekday": 2, "yesterday": 28.0, "price": 30.0}


def write_notes(folder: Path, lots: int = 100) -> None:
    """A small folder of notes."""
    rows = [{**LOT, "weight_kg": 50.0 + n, "date": f"2025-10-{n % 28 + 1:02d}"} for n in range(lots)]
    pd.DataFrame(rows).to_csv(folder / "notes.csv", sep=";", decimal=",", index=False)


def test_lots_without_a_price_are_dropped():
    notes = pd.DataFrame([LOT, {**LOT, "price": None}, {**LOT, "price": 9999.0}])
    assert len(clean_notes(notes)) == 1


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="dvc pull"):
        read_notes(tmp_path)


@pytest.mark.parametrize("batch_size", [1, 16])
def test_batches_have_six_features(tmp_path, batch_size):
    write_notes(tmp_path)
    preprocess(tmp_path, tmp_path / "out")
    features, prices = next(iter(make_loader(tmp_path / "out", "train", batch_size, workers=0)))
    assert features.shape == (batch_size, len(FEATURES))
    assert prices.shape == (batch_size,)


@pytest.mark.skipif(not Path("data/raw").exists(), reason="the notes are not here")
def test_the_real_notes_have_all_columns():
    assert set(FEATURES) <= set(read_notes(Path("data/raw")).columns)
