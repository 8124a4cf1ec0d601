-- DropIndex
DROP INDEX "queue_task_tenant_id_rank_created_at_id_idx";

-- CreateIndex
CREATE INDEX "queue_task_order_idx" ON "queue_task"("tenant_id", "rank", "created_at", "id", "version");
