-- CreateIndex
CREATE INDEX "session_root_project_idx" ON "session"("tenant_id", "project_id", "last_activity_at", "updated_at", "id") WHERE (parent_id IS NULL);
