# Outcry in one static binary on an empty image. The steps are those of
# scripts/build, which scripts/test runs without a container engine.
FROM node:20-bookworm-slim AS frontend
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=frontend /src/frontend/dist frontend/dist
# What "outcry version" prints: the commit, and its date in RFC 3339.
ARG COMMIT=
ARG DATE=
RUN scripts/compile /out/outcry && scripts/licences /out/licences \
    && mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/outcry /outcry
COPY --from=build /out/licences /licences
COPY --from=build /src/LICENSE /src/NOTICE /licences/outcry/
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/tmp /tmp
USER 65532:65532
ENV OUTCRY_DATA=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s CMD ["/outcry", "health"]
ENTRYPOINT ["/outcry"]
