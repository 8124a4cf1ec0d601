import { graphql } from "../support/graphql.js";

/*
 * What the writers of a storm send, and what they need to know of the answers.
 */

export const registerStormRunner = graphql(`
  mutation StormRegisterRunner($input: RegisterRunnerInput!) { registerRunner(input: $input) { runner { id } } }
`);
export const createStormRun = graphql(`
  mutation StormCreateRun($input: CreateRunInput!) { createRun(input: $input) { run { id session { id } } } }
`);
export const claimStormRun = graphql(`
  mutation StormClaimNextRun($input: ClaimNextRunInput!) {
    claimNextRun(input: $input) { leaseToken run { id lease { attempt } commands { nodes { id } } } }
  }
`);
export const heartbeatStormRun = graphql(`
  mutation StormHeartbeatRun($input: HeartbeatRunInput!) {
    heartbeatRun(input: $input) { cancelRequested pendingCommands { id } }
  }
`);
export const appendStormEvents = graphql(`
  mutation StormAppendEvents($input: AppendEventsInput!) { appendEvents(input: $input) { events { seq } lastSeq } }
`);
export const createStormCommand = graphql(`
  mutation StormCreateCommand($input: CreateCommandInput!) { createCommand(input: $input) { command { id } } }
`);
export const acknowledgeStormCommand = graphql(`
  mutation StormAcknowledgeCommand($input: AcknowledgeCommandInput!) {
    acknowledgeCommand(input: $input) { command { id state } }
  }
`);
export const finishStormCommand = graphql(`
  mutation StormFinishCommand($input: FinishCommandInput!) { finishCommand(input: $input) { command { id state } } }
`);
export const cancelStormCommand = graphql(`
  mutation StormCancelCommand($input: CancelCommandInput!) { cancelCommand(input: $input) { command { id state } } }
`);
export const finishStormRun = graphql(`
  mutation StormFinishRun($input: FinishRunInput!) { finishRun(input: $input) { run { id status } } }
`);
export const cancelStormRun = graphql(`
  mutation StormCancelRun($input: CancelRunInput!) { cancelRun(input: $input) { run { id status } } }
`);
export const readStormSession = graphql(`
  mutation StormMarkSessionRead($input: MarkSessionReadInput!) {
    markSessionRead(input: $input) { session { id attention { readVersion } } }
  }
`);
export const unreadStormSession = graphql(`
  mutation StormMarkSessionUnread($input: MarkSessionUnreadInput!) {
    markSessionUnread(input: $input) { session { id } }
  }
`);
export const readStormList = graphql(`
  mutation StormMarkSessionsRead($input: MarkSessionsReadInput!) {
    markSessionsRead(input: $input) { counts { total } }
  }
`);
export const pinStormSession = graphql(`
  mutation StormPinSession($input: PinSessionInput!) { pinSession(input: $input) { session { id } } }
`);
export const archiveStormSession = graphql(`
  mutation StormArchiveSession($input: ArchiveSessionInput!) { archiveSession(input: $input) { session { id } } }
`);
export const snoozeStormSession = graphql(`
  mutation StormSnoozeSession($input: SnoozeSessionInput!) { snoozeSession(input: $input) { session { id } } }
`);
export const createStormTask = graphql(`
  mutation StormCreateTask($input: CreateQueueTaskInput!) { createQueueTask(input: $input) { task { id } } }
`);
export const claimStormTask = graphql(`
  mutation StormClaimTask($input: ClaimQueueTaskInput!) {
    claimQueueTask(input: $input) { leaseToken task { id } attempt { id } }
  }
`);
export const heartbeatStormTask = graphql(`
  mutation StormHeartbeatTask($input: HeartbeatQueueTaskInput!) {
    heartbeatQueueTask(input: $input) { attempt { id } }
  }
`);
export const updateStormTask = graphql(`
  mutation StormUpdateTask($input: UpdateQueueTaskAttemptInput!) {
    updateQueueTaskAttempt(input: $input) { task { id state } }
  }
`);
export const releaseStormTask = graphql(`
  mutation StormReleaseTask($input: ReleaseQueueTaskInput!) { releaseQueueTask(input: $input) { task { id } } }
`);
export const cancelStormTask = graphql(`
  mutation StormCancelTask($input: CancelQueueTaskInput!) { cancelQueueTask(input: $input) { task { id state } } }
`);
export const readStormTask = graphql(`
  mutation StormMarkTaskRead($input: MarkQueueTaskReadInput!) { markQueueTaskRead(input: $input) { task { id } } }
`);
