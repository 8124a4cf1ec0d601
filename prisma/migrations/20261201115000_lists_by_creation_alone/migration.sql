-- Lists by activity are not read along these and sorted: their condition is in the statements of lists by creation alone.
-- DropIndex
DROP INDEX "session_active_created_idx";

-- DropIndex
DROP INDEX "session_asking_created_idx";

-- CreateIndex
CREATE INDEX "session_active_created_idx" ON "session"("tenant_id", "created_at", "id") WHERE (active AND created_at > '-infinity'::timestamp with time zone);

-- CreateIndex
CREATE INDEX "session_asking_created_idx" ON "session"("tenant_id", "created_at", "id") WHERE (reason = ANY ('{NEEDS_INPUT,NEEDS_APPROVAL}'::attention_reason[]) AND created_at > '-infinity'::timestamp with time zone);
