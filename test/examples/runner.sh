#!/usr/bin/env bash
# The same runner, in curl and jq: it asks a person before it works, waits, and goes on with the answer.
set -euo pipefail
url=$1 profile=$2
call() { # field, type of the input, input, selection
  curl -sf "$url" -H 'content-type: application/json' -d "$(jq -n --arg q "mutation (\$input: $2!) { it: $1(input: \$input) { $4 } }" \
    --argjson input "$3" '{query: $q, variables: {$input}}')" | jq -e 'if .errors then (.errors | tostring | halt_error) else .data.it end'
}
runner=$(call registerRunner RegisterRunnerInput "{\"backendProfiles\":[\"$profile\"]}" 'runner { id }' | jq -r .runner.id)
claim=$(call claimNextRun ClaimNextRunInput "{\"runnerId\":\"$runner\",\"idempotencyKey\":\"$$-$RANDOM\"}" 'run { id commands(states: [ACKNOWLEDGED]) { nodes { id type text } } } leaseToken')
run=$(jq -r '.run.id // empty' <<<"$claim") token=$(jq -r .leaseToken <<<"$claim")
[ -n "$run" ] || exit 0
# A turn that an earlier holder took and did not end. By its requestId what that one asked goes on.
left=$(jq -c '[.run.commands.nodes[] | select(.type == "TURN")]' <<<"$claim")
held="\"runId\":\"$run\",\"leaseToken\":\"$token\""
append() { # type, payload
  call appendEvents AppendEventsInput "{$held,\"idempotencyKey\":\"$1-$RANDOM\",\"events\":[{\"type\":\"$1\",\"payload\":$2}]}" lastSeq >/dev/null
}
while :; do
  # A heartbeat keeps the lease, and brings what is not acknowledged yet.
  pending=$(call heartbeatRun HeartbeatRunInput "{$held,\"runnerId\":\"$runner\"}" 'pendingCommands { id type text payload }')
  while read -r command; do
    id=$(jq -r .id <<<"$command")
    call acknowledgeCommand AcknowledgeCommandInput "{\"commandId\":\"$id\",\"leaseToken\":\"$token\"}" 'command { id }' >/dev/null
    case $(jq -r .type <<<"$command") in
      TURN)
        turn=$id
        append INPUT_REQUEST "$(jq '{requestId: .id, kind: "approval", prompt: "May I \(.text)?", choices: ["now", "tonight"]}' <<<"$command")" ;;
      ANSWER)
        append ASSISTANT_MESSAGE "$(jq '{text: "\(.payload.decision): \(.payload.choiceIds | join(","))"}' <<<"$command")"
        result='"result":{"terminalStatus":"COMPLETED"}'
        call finishCommand FinishCommandInput "{\"commandId\":\"$turn\",\"leaseToken\":\"$token\",$result}" 'command { id }' >/dev/null
        call finishRun FinishRunInput "{$held,$result}" 'run { id }' >/dev/null
        exit ;;
    esac
  done < <(jq -c --argjson left "$left" '($left + .pendingCommands)[]' <<<"$pending")
  left='[]'
  sleep "${POLL_SECONDS:-2}"
done
