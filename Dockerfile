# Two stages: what builds stays behind, what runs has the package, its dependencies and nothing to build with.
FROM python:3.11.14-slim-bookworm AS build

WORKDIR /build
RUN python -m venv /opt/usagewatch
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY streams streams
RUN /opt/usagewatch/bin/pip install --no-cache-dir --disable-pip-version-check .


FROM python:3.11.14-slim-bookworm

COPY --from=build /opt/usagewatch /opt/usagewatch
ENV PATH=/opt/usagewatch/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# A number, so that Kubernetes can see that it is not root. The account has no home and owns nothing.
USER 10001:10001
# Nothing is written; a library that wants a scratch file finds a place.
WORKDIR /tmp

# /live, /ready and /metrics, once USAGEWATCH_WEB_HOST lets others in.
EXPOSE 6066
ENTRYPOINT ["usagewatch"]
CMD ["worker"]
