-- CreateIndex
CREATE INDEX "session_active_created_idx" ON "session"("tenant_id", "created_at", "id") WHERE (active);

-- CreateIndex
CREATE INDEX "session_asking_created_idx" ON "session"("tenant_id", "created_at", "id") WHERE (reason = ANY ('{NEEDS_INPUT,NEEDS_APPROVAL}'::attention_reason[]));
