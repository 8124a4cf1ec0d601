-- DropForeignKey
ALTER TABLE "queue_task" DROP CONSTRAINT "queue_task_tenant_id_latest_attempt_id_fkey";

-- AlterTable
ALTER TABLE "queue_task" ADD COLUMN     "forgotten_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "removed_task_version" BIGINT NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "event_batch_age_idx" ON "event_batch"("created_at");

-- CreateIndex
CREATE INDEX "queue_attempt_tenant_id_runner_id_idx" ON "queue_attempt"("tenant_id", "runner_id") WHERE (runner_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "queue_task_ended_idx" ON "queue_task"("updated_at", "id") WHERE (forgotten_at IS NULL AND state <> ALL (ARRAY['PENDING'::queue_task_state, 'RUNNING'::queue_task_state]));

-- CreateIndex
CREATE INDEX "queue_task_forgotten_idx" ON "queue_task"("forgotten_at", "id") WHERE (forgotten_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "queue_task_mark_tenant_id_task_id_idx" ON "queue_task_mark"("tenant_id", "task_id");

-- CreateIndex
CREATE INDEX "run_resting_idx" ON "run"("updated_at", "id") WHERE (session_id IS NULL AND status <> 'CLAIMED'::run_status);

-- CreateIndex
CREATE INDEX "runner_unseen_idx" ON "runner"("heartbeat_at", "id");
