# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /opt/tocsin
COPY requirements.lock ./
RUN uv venv .venv && uv pip install --python .venv/bin/python --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY alerts alerts
COPY crawlers crawlers
COPY dashboards dashboards
COPY pipeline pipeline
COPY tocsin tocsin
RUN uv pip install --python .venv/bin/python --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin tocsin && mkdir /data && chown tocsin /data
COPY --from=build /opt/tocsin/.venv /opt/tocsin/.venv
USER tocsin
WORKDIR /data
VOLUME /data
EXPOSE 8600
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["/opt/tocsin/.venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8600/healthz', timeout=4)"]
ENTRYPOINT ["/opt/tocsin/.venv/bin/tocsin"]
CMD ["run", "--config", "/config/tocsin.toml"]
