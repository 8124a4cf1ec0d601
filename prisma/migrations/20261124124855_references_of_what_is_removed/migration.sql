-- DropForeignKey
ALTER TABLE "session" DROP CONSTRAINT "session_tenant_id_active_command_id_fkey";

-- DropForeignKey
ALTER TABLE "session" DROP CONSTRAINT "session_tenant_id_active_run_id_fkey";

-- DropForeignKey
ALTER TABLE "session" DROP CONSTRAINT "session_tenant_id_last_command_id_fkey";

-- DropForeignKey
ALTER TABLE "session" DROP CONSTRAINT "session_tenant_id_last_run_id_fkey";

-- CreateIndex
CREATE INDEX "queue_attempt_tenant_id_command_id_idx" ON "queue_attempt"("tenant_id", "command_id") WHERE (command_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "queue_task_tenant_id_session_id_idx" ON "queue_task"("tenant_id", "session_id") WHERE (session_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "runner_job_tenant_id_command_id_idx" ON "runner_job"("tenant_id", "command_id") WHERE (command_id IS NOT NULL);
