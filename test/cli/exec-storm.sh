#!/bin/sh
# The long form of exec-storm.test.ts, after `npm run build`: exec under 200 signals, or as many as the first argument
# says, at random moments.
cd "$(dirname "$0")/../.." || exit 1
AGENTRUN_STORM_SIGNALS=${1:-200} exec npx vitest run test/cli/exec-storm.test.ts
