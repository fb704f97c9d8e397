# One image; a container's command says which role it is (runtime_app/roles.py, docker-compose.yml).
#
# A release gives PYTHON_IMAGE with its digest, so that the build can be repeated; by hand the tag is
# enough.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY requirements-build.lock requirements-image.lock ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock \
    && /opt/build/bin/pip wheel --no-cache-dir --no-build-isolation --wheel-dir /wheels \
        --require-hashes -r requirements-image.lock
COPY . .
RUN /opt/build/bin/pip wheel --no-cache-dir --no-build-isolation --wheel-dir /wheels --no-deps . \
    && python -m venv --without-pip /opt/venv \
    && python -m pip --python /opt/venv/bin/python install --no-cache-dir --no-index --no-deps /wheels/*.whl

FROM ${PYTHON_IMAGE}
ARG OA_CODE_VERSION
LABEL org.opencontainers.image.title="openagents-runtime" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.revision="${OA_CODE_VERSION}"
# Nothing is installed into a container that runs. What a role writes is in /tmp and /run/metrics,
# which are meant as tmpfs, and in /var/lib/openagents, for a volume, where OA_ARTIFACTS_URL leads
# there: the rest may be read-only.
RUN python -m pip uninstall --yes --quiet pip \
    && groupadd --gid 10001 runtime \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin runtime \
    && install --directory --owner 10001 --group 10001 --mode 0700 /run/metrics /var/lib/openagents
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OA_CODE_VERSION=${OA_CODE_VERSION}
WORKDIR /tmp
USER 10001:10001
STOPSIGNAL SIGTERM
# Whoever runs the containers knows the probe of each role.
HEALTHCHECK NONE
CMD ["oa-runtime", "--help"]
