#!/usr/bin/env bash
# From cron:  15 4 * * *  REFERENCE=/data/reference.dlp DATA=/data/flights /opt/drift/nightly.sh
# Checks yesterday's file. Silent unless somebody has to act, since cron mails every line.
set -uo pipefail
: "${REFERENCE:?the profile or file to compare with}" "${DATA:?the folder with one file a day}"
day=${DAY:-$(date -d yesterday +%F)}
mkdir -p "$DATA/reports"

exec 9>"$DATA/.nightly.lock"
flock --nonblock 9 || { echo "drift check: the last run has not ended" >&2; exit 3; }

options=(--reference "$REFERENCE" --current "$DATA/$day.parquet" --html "$DATA/reports/$day.html" --quiet)
# In single quotes: driftline reads the variable itself, so the secret is on no command line.
[ -n "${WEBHOOK:-}" ] && options+=(--webhook '${WEBHOOK}')
driftline check "${options[@]}" >"$DATA/reports/$day.txt"
code=$?

case $code in
  0) ;;
  1) echo "drift on $day: $(head -n 1 "$DATA/reports/$day.txt"), report $DATA/reports/$day.html" ;;
  4) echo "evaluated $day, but could not deliver: $(head -n 1 "$DATA/reports/$day.txt")" >&2 ;;
  *) echo "drift check of $day failed with exit code $code" >&2 ;;
esac
exit "$code"
