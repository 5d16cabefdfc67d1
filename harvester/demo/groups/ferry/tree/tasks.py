"""The two commands that we use all day."""

from invoke import Context, task


@task
def train(ctx: Context) -> None:
    """Train with the default settings."""
    ctx.run("python -m ferry.train", echo=True)


@task
def test(ctx: Context) -> None:
    """All tests."""
    ctx.run("pytest tests/", echo=True)
