-- DropIndex
DROP INDEX "session_asking_idx";

-- CreateIndex
CREATE INDEX "input_request_state_idx" ON "input_request"("tenant_id", "state", "requested_at", "id");

-- CreateIndex
CREATE INDEX "input_request_kind_idx" ON "input_request"("tenant_id", "kind", "requested_at", "id");

-- CreateIndex
CREATE INDEX "input_request_project_idx" ON "input_request"("tenant_id", "project_id", "requested_at", "id");

-- CreateIndex
CREATE INDEX "queue_task_state_idx" ON "queue_task"("tenant_id", "state", "rank", "created_at", "id");

-- CreateIndex
CREATE INDEX "queue_task_lane_idx" ON "queue_task"("tenant_id", "lane", "rank", "created_at", "id");

-- CreateIndex
CREATE INDEX "queue_task_project_idx" ON "queue_task"("tenant_id", "project_id", "rank", "created_at", "id");

-- CreateIndex
CREATE INDEX "reader_mark_archived_idx" ON "reader_mark"("tenant_id", "reader_id", "session_id") WHERE (archived_version IS NOT NULL);

-- CreateIndex
CREATE INDEX "reader_mark_snoozed_idx" ON "reader_mark"("tenant_id", "reader_id", "session_id") WHERE (snoozed_until IS NOT NULL);

-- CreateIndex
CREATE INDEX "run_project_idx" ON "run"("tenant_id", "project_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "run_profile_idx" ON "run"("tenant_id", "backend_profile", "created_at", "id");

-- CreateIndex
CREATE INDEX "session_reason_idx" ON "session"("tenant_id", "reason", "last_activity_at", "updated_at", "id");

-- CreateIndex
CREATE INDEX "session_project_idx" ON "session"("tenant_id", "project_id", "last_activity_at", "updated_at", "id");

-- CreateIndex
CREATE INDEX "session_profile_idx" ON "session"("tenant_id", "backend_profile", "last_activity_at", "updated_at", "id");

-- CreateIndex
CREATE INDEX "session_updated_idx" ON "session"("tenant_id", "updated_at", "id");
