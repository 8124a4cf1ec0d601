-- DropIndex
DROP INDEX "run_tenant_id_backend_profile_status_created_at_id_idx";

-- DropIndex
DROP INDEX "session_tenant_id_name_key";

-- AlterTable
ALTER TABLE "queue_attempt" ADD COLUMN     "claim_key" TEXT;

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "claim_key" TEXT,
ADD COLUMN     "expired_attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "parallel" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "parked" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "session" ADD COLUMN     "removing" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE UNIQUE INDEX "queue_attempt_claim_idx" ON "queue_attempt"("tenant_id", "runner_id", "claim_key") WHERE (state = 'RUNNING'::queue_task_state);

-- CreateIndex
CREATE INDEX "run_waiting_idx" ON "run"("tenant_id", "backend_profile", "created_at", "id") WHERE (status = 'PENDING'::run_status AND NOT parked);

-- CreateIndex
CREATE UNIQUE INDEX "run_claim_idx" ON "run"("tenant_id", "runner_id", "claim_key") WHERE (status = 'CLAIMED'::run_status);

-- CreateIndex
CREATE UNIQUE INDEX "session_name_idx" ON "session"("tenant_id", "name") WHERE (NOT removing);

-- So far every attempt but the one that is held ended by an expired lease.
UPDATE "run" SET "expired_attempts" = CASE "status" WHEN 'PENDING' THEN "attempt" ELSE "attempt" - 1 END
WHERE "attempt" > 0 AND "status" IN ('PENDING', 'CLAIMED');
