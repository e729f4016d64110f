#!/usr/bin/env bash
# Gives Kibana's own user its password, and makes the role and the user that Tocsin works with. May be repeated.
# Reads ELASTIC_URL, ELASTIC_PASSWORD (the administrator's), KIBANA_SYSTEM_PASSWORD, TOCSIN_ELASTIC_PASSWORD.
set -euo pipefail
cd "$(dirname "$0")"

# A password stands in JSON and in curl's configuration as it is, so it has no character that means something there.
check_password() {
  local given=${!1:-}
  case "$given" in
    "") echo "$1 is not set in .env" >&2; exit 2 ;;
    *[!A-Za-z0-9_-]*) echo "$1 may have letters, digits, - and _ only" >&2; exit 2 ;;
  esac
  [ "${#given}" -ge 12 ] || { echo "$1 needs twelve characters or more" >&2; exit 2; }
}

# Sends standard input to a path; the administrator's password reaches curl through a pipe, never its arguments.
send() {
  local status
  status=$(curl -sS -o /dev/null -w '%{http_code}' --max-time 30 -X "$1" -H 'Content-Type: application/json' --data-binary @- \
    --config <(printf 'user = "elastic:%s"\n' "$ELASTIC_PASSWORD") "$ELASTIC_URL$2")
  case "$status" in
    2??) ;;
    401) echo "Elasticsearch refused ELASTIC_PASSWORD; it is set when the data volume is made and does not follow .env later" >&2; exit 1 ;;
    *) echo "Elasticsearch answered $status to $1 $2" >&2; exit 1 ;;
  esac
}

for name in ELASTIC_PASSWORD KIBANA_SYSTEM_PASSWORD TOCSIN_ELASTIC_PASSWORD; do check_password "$name"; done
printf '{"password": "%s"}' "$KIBANA_SYSTEM_PASSWORD" | send POST /_security/user/kibana_system/_password
send PUT /_security/role/tocsin <tocsin-role.json
printf '{"password": "%s", "roles": ["tocsin"], "full_name": "Tocsin"}' "$TOCSIN_ELASTIC_PASSWORD" | send PUT /_security/user/tocsin
echo "users kibana_system and tocsin are ready"
