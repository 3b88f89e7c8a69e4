# One image for all of our services in docker-compose.yml; the commands differ.
# Debian and not Alpine: the wheels of the embedded servers and of the barcode reader are built for glibc.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/orderflode/bin:$PATH
RUN python -m venv /opt/orderflode
WORKDIR /build
# What others wrote comes first: a change of ours does not install it again.
COPY requirements.txt ./
RUN pip install --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY config ./config
COPY workflows ./workflows
COPY exchange ./exchange
COPY tasks ./tasks
COPY backoffice ./backoffice
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
# The embedded servers and getpass want an account with a name. The home is a volume's first content: whose it is here,
# it is there.
RUN useradd --system --uid 10001 --no-create-home --home-dir /var/lib/orderflode --shell /usr/sbin/nologin orderflode \
    && install --directory --owner=orderflode --group=orderflode --mode=0700 /var/lib/orderflode
# Root's files, which the account below can read and not change.
COPY --from=build /opt/orderflode /opt/orderflode
ENV PATH=/opt/orderflode/bin:$PATH \
    ORDERFLODE_HOME=/var/lib/orderflode \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8080
CMD ["orderflode", "--help"]
