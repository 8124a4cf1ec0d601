-- CreateIndex
CREATE INDEX "session_asking_active_idx" ON "session"("tenant_id", "reason", "last_activity_at", "updated_at", "id") WHERE (active AND reason = ANY ('{NEEDS_INPUT,NEEDS_APPROVAL}'::attention_reason[]));
