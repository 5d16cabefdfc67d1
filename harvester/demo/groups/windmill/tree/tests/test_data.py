from windmill_noise.data import MyDataset


def test_my_dataset():
    """Test the MyDataset class."""
    ...
