# syntax=docker/dockerfile:1
# Debian, not Alpine: onnxruntime-node and embedded-postgres ship binaries for glibc only.

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
RUN npm ci
COPY tsconfig.json ./
COPY bin ./bin
COPY src ./src
COPY console ./console
RUN npm run build

FROM node:20-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/own-binaries.mjs ./scripts/
RUN npm ci --omit=dev && npm cache clean --force

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    DATA_DIR=/app/data \
    ASOF_HOME=/var/lib/asof
WORKDIR /app
# Only ASOF_HOME is writable: the embedded PostgreSQL lives there when DATABASE_URL is absent.
RUN mkdir /var/lib/asof && chown node:node /var/lib/asof
COPY package.json package-lock.json .npmrc ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY schema.graphql ./
COPY bin ./bin
COPY drizzle ./drizzle
COPY data ./data
COPY examples ./examples
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Exec form, so that SIGTERM reaches node and not a shell. Start with `docker run --init` (docker-compose.yml has
# `init: true`): a first process must reap the children it inherits, and node does not.
CMD ["node", "--max-semi-space-size=32", "dist/main.js"]
