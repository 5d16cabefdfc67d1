"""Import names and distributions: what a list has to name for an import, and what comes along."""

import pytest

from harvester.probes.packages import distributions, with_companions


@pytest.mark.parametrize(
    ("target", "listed"),
    [
        ("sklearn.svm.SVC", "scikit-learn"),
        ("PIL.Image", "pillow"),
        ("cv2", "opencv-python-headless"),
        ("google.cloud.storage.Client", "google-cloud-storage"),
        ("google.cloud.run_v2", "google-cloud-run"),
        ("google.cloud.storage", "dvc-gs"),
        ("omegaconf.OmegaConf", "hydra-core"),
        ("numpy", "torch"),
        ("torch", "pytorch"),
        ("pytorch_lightning.Trainer", "lightning"),
        ("prometheus_fastapi_instrumentator", "prometheus-fastapi-instrumentator"),
        ("pydantic.BaseModel", "fastapi"),
    ],
)
def test_a_listed_package_accounts_for_an_import(target: str, listed: str) -> None:
    """By its own name, by one that installs the same, or by what it always brings."""
    assert set(distributions(target)) & with_companions([listed])


@pytest.mark.parametrize(
    ("target", "listed"),
    [("torch", "numpy"), ("google.cloud.storage", "google-cloud-run"), ("hydra", "omegaconf"), ("yaml", "toml")],
)
def test_another_package_does_not(target: str, listed: str) -> None:
    """What a package needs does not bring the package."""
    assert not set(distributions(target)) & with_companions([listed])


def test_what_every_environment_has_needs_no_entry() -> None:
    """Nothing has to name what comes with Python's own tools."""
    assert distributions("pkg_resources") == distributions("setuptools.setup") == ()
