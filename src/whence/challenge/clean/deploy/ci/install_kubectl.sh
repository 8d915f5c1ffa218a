#!/usr/bin/env bash
# Installs kubectl into a folder after comparing it with the digest recorded here.
set -euo pipefail

version=v1.32.4
sha256=10d739e9af8a59c9e7a730a2445916e04bc9cbb44bc79d22ce460cd329fa076c
folder=$1

mkdir -p "$folder"
cd "$folder"
curl --fail --silent --show-error --location --proto '=https' \
    --output kubectl.download "https://dl.k8s.io/release/${version}/bin/linux/amd64/kubectl"
printf '%s  kubectl.download\n' "$sha256" | sha256sum --check --quiet
chmod 0755 kubectl.download
mv kubectl.download kubectl
