"""Everything that we type more than once."""

from invoke import Context, task

REGISTRY = "europe-north1-docker.pkg.dev/harbour-demo/images"


@task
def preprocess(ctx: Context) -> None:
    """Turn the raw auction notes into tensors."""
    ctx.run("harbour-data data/raw data/processed", echo=True)


@task
def train(ctx: Context, overrides: str = "") -> None:
    """Run one experiment; overrides go to Hydra as they are."""
    ctx.run(f"python -m harbour.train {overrides}", echo=True, pty=True)


@task
def test(ctx: Context) -> None:
    """Run the tests and say how much of the package they reach."""
    ctx.run("coverage run -m pytest tests/", echo=True)
    ctx.run("coverage report -m", echo=True)


@task
def images(ctx: Context, tag: str = "latest") -> None:
    """Build the three images on this machine."""
    for name in ("train", "api", "drift"):
        ctx.run(f"docker build -f dockerfiles/{name}.dockerfile -t {REGISTRY}/{name}:{tag} .", echo=True)


@task
def train_in_cloud(ctx: Context) -> None:
    """Submit the training image as a Vertex AI job."""
    ctx.run("gcloud ai custom-jobs create --region=europe-north1 --display-name=harbour --config=vertex_job.yaml")


@task
def serve(ctx: Context) -> None:
    """Serve the newest model on port 8000."""
    ctx.run("uvicorn harbour.api:app --reload --port 8000", pty=True)


@task
def front(ctx: Context) -> None:
    """Open the page for skippers."""
    ctx.run("streamlit run src/harbour/frontend.py", pty=True)


@task
def docs(ctx: Context) -> None:
    """Look at the manual while writing it."""
    ctx.run("mkdocs serve --config-file docs/mkdocs.yaml", pty=True)
