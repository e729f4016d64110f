# syntax=docker/dockerfile:1.7
# Two stages: the first has the tools that build, the second only what runs. Every package is checked against
# its hash in requirements.lock. PIP_INDEX_URL (a build argument) names a package mirror; it does not stay in the image.
FROM python:3.11.13-slim-bookworm AS build
ARG PIP_INDEX_URL=
ENV UV_NO_CACHE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /opt/tocsin
COPY requirements.lock ./
RUN if [ -n "$PIP_INDEX_URL" ]; then export UV_DEFAULT_INDEX="$PIP_INDEX_URL"; fi \
  && uv venv --python /usr/local/bin/python3.11 .venv \
  && uv pip install --python .venv/bin/python --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY alerts alerts
COPY crawlers crawlers
COPY dashboards dashboards
COPY pipeline pipeline
COPY tocsin tocsin
RUN uv pip install --python .venv/bin/python --no-deps --no-build-isolation --no-index . \
  && .venv/bin/python -m compileall -q .venv/lib

FROM python:3.11.13-slim-bookworm
LABEL org.opencontainers.image.title="Tocsin" org.opencontainers.image.licenses="Apache-2.0"
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin tocsin \
  && install -d -o tocsin -g tocsin -m 0750 /data /config
COPY --from=build --chown=root:root /opt/tocsin/.venv /opt/tocsin/.venv
USER tocsin
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8600
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["/opt/tocsin/.venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8600/healthz', timeout=4)"]
ENTRYPOINT ["/opt/tocsin/.venv/bin/tocsin"]
CMD ["run", "--config", "/config/tocsin.toml"]
