#!/bin/sh
# A detector behind an HTTP endpoint of another form than kyclops asks itself (`--detector http://...`, docs/evaluation.md), as a program
# under test: sends every file as the whole body to URL, and reads {"score": number} from the answer. Change it to what yours wants.
#
#   kyclops evaluate liveness --data SET --detector 'program:sh examples/http_subject.sh http://localhost:8000/score'
tab=$(printf '\t')
while IFS="$tab" read -r number path; do
  score=$(curl --silent --fail --max-time 30 --max-filesize 65536 --data-binary "@$path" "$1" |
    sed -n 's/.*"score"[[:space:]]*:[[:space:]]*\(-\{0,1\}[0-9.eE+-]*\).*/\1/p')
  if [ -n "$score" ]; then printf '%s\t%s\n' "$number" "$score"; else printf '%s\t-\tno answer from the endpoint\n' "$number"; fi
done
