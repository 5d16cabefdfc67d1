FROM python:3.12-slim

RUN apt-get update && apt-get install -y --no-install-recommends build-essential git && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY pyproject.toml README.md ./
COPY src src
COPY configs configs
RUN pip install --no-cache-dir ".[dev]"
COPY .dvc .dvc
COPY data/raw.dvc data/raw.dvc

ENTRYPOINT ["python", "-u", "src/harbour/train.py"]
