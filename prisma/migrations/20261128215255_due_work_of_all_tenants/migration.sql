-- DropIndex
DROP INDEX "queue_attempt_tenant_id_lease_expires_at_idx";

-- DropIndex
DROP INDEX "reader_mark_tenant_id_snoozed_until_idx";

-- CreateIndex
CREATE INDEX "queue_attempt_due_idx" ON "queue_attempt"("lease_expires_at") WHERE (state = 'RUNNING'::queue_task_state);

-- CreateIndex
CREATE INDEX "reader_mark_due_idx" ON "reader_mark"("snoozed_until") WHERE (snoozed_until IS NOT NULL);

-- CreateIndex
CREATE INDEX "run_due_idx" ON "run"("lease_expires_at") WHERE (status = 'CLAIMED'::run_status);

-- CreateIndex
CREATE INDEX "session_due_idx" ON "session"("expires_at") WHERE (expires_at IS NOT NULL AND NOT expired);
