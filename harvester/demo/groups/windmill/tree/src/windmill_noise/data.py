from pathlib import Path

from torch.utils.data import Dataset


class MyDataset(Dataset):
    """My custom dataset."""

    def __init__(self, data_path: Path) -> None: ...

    def __len__(self) -> int:
        """Return the length of the dataset."""
        ...

    def __getitem__(self, index: int):
        """Return a given sample from the dataset."""
        ...

    def preprocess(self, output_folder: Path) -> None:
        """Preprocess the raw data and save it to the output folder."""
        ...
