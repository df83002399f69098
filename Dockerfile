# durable-mcp with this repository's examples, for docker-compose.yml: one image, both roles (`http`, `worker`).
#
# It keeps the devDependencies, because examples/shop/server.ts needs one of them (libsql). A leaner image, for an app that brings
# its own dependencies: add `RUN npm prune --omit=dev --ignore-scripts` at the end of the build stage and copy the app in.

# Debian, not Alpine: the native core of Temporal's SDK is linked against glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /app
# The sources come first: `npm ci` runs `prepare`, which compiles them and bundles the workflows.
COPY . .
RUN npm ci

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# A volume mounted here takes over this owner when it is first used, so that the app may write to it.
RUN install -d -o node -g node /data
# Owned by root: the app cannot change its own code.
COPY --from=build /app .
USER node
EXPOSE 3000
ENTRYPOINT ["bin/durable-mcp"]
CMD ["--help"]
