#!/bin/sh
# Generates packages/cri/src/gen/api_pb.ts from the CRI v1 proto (k8s.io/cri-api, Apache-2.0).
#
#   tools/proto/generate.sh path/to/api.proto
#
# Debian ships the proto in the package golang-k8s-cri-api-dev
# (/usr/share/gocode/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto); 0.36.4-1 was used.
set -eu
proto=$(realpath "${1:?usage: generate.sh path/to/api.proto}")
cd "$(dirname "$0")"
npm install --ignore-scripts --no-audit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$proto" "$work/api.proto"
PATH="$PWD/node_modules/.bin:$PATH" buf generate "$work" --template buf.gen.yaml -o ../../packages/cri/src/gen
