# The bot, for compose.yaml or any other engine. Written against hadolint and the steps below; it was not built where it was
# written, as no Docker engine was there. What it runs is what docs/operations.md sets up by hand.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
# Nothing is installed that is not locked: the packages of a run, and what makes one of ours.
COPY requirements.txt requirements-run.txt ./
RUN python -m venv /opt/orchestrator \
    && sed -n '/^poetry-core==/,/[^\\]$/p' requirements.txt > requirements-build.txt \
    && /opt/orchestrator/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements-run.txt \
    && pip install --no-cache-dir --require-hashes --no-deps -r requirements-build.txt
COPY pyproject.toml README.md ./
COPY bot bot
COPY core core
COPY sandbox sandbox
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/orchestrator/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl \
    && /opt/orchestrator/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/orchestrator orchestrator
COPY --from=build /opt/orchestrator /opt/orchestrator
ENV PATH=/opt/orchestrator/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ORCHESTRATOR_HTTP_HOST=0.0.0.0 \
    ORCHESTRATOR_HTTP_PORT=8000 \
    ORCHESTRATOR_LOG_FORMAT=json
WORKDIR /var/lib/orchestrator
USER 10001:10001
VOLUME /var/lib/orchestrator
EXPOSE 8000
# Beyond ORCHESTRATOR_SHUTDOWN_SECONDS (25) the engine must wait a little: compose.yaml says how long.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['ORCHESTRATOR_HTTP_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["orchestrator"]
CMD ["run"]
