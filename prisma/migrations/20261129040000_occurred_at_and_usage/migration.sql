-- AlterEnum
ALTER TYPE "run_event_type" ADD VALUE 'REASONING';
ALTER TYPE "run_event_type" ADD VALUE 'PLAN';
ALTER TYPE "run_event_type" ADD VALUE 'USAGE';

-- AlterTable
ALTER TABLE "session" ADD COLUMN     "late_at" TIMESTAMPTZ(6),
ADD COLUMN     "plan_seq" BIGINT,
ADD COLUMN     "usage" JSONB;

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "model" TEXT,
ADD COLUMN     "plan_seq" INTEGER,
ADD COLUMN     "usage" JSONB;

-- AlterTable
ALTER TABLE "run_event" ADD COLUMN     "occurred_at" TIMESTAMPTZ(6);

-- CreateIndex
CREATE INDEX "session_late_idx" ON "session"("tenant_id", "late_at") WHERE (late_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "session_forgotten_idx" ON "session"("tenant_id", "updated_at", "id") WHERE (expires_at IS NULL AND execution_state <> 'RUNNING'::session_execution_state);
