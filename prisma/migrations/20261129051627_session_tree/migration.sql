-- AlterTable
ALTER TABLE "session" ADD COLUMN     "active" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "ancestors" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "below_active" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "below_requests" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "below_total" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "cause_id" TEXT,
ADD COLUMN     "open_requests" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "own_reason" "attention_reason",
ADD COLUMN     "own_since" TIMESTAMPTZ(6),
ADD COLUMN     "parent_id" TEXT,
ADD COLUMN     "parent_tool_call_id" TEXT,
ADD COLUMN     "root_id" TEXT;

-- CreateIndex
CREATE INDEX "session_root_activity_idx" ON "session"("tenant_id", "last_activity_at", "updated_at", "id") WHERE (parent_id IS NULL);

-- CreateIndex
CREATE INDEX "session_root_created_idx" ON "session"("tenant_id", "created_at", "id") WHERE (parent_id IS NULL);

-- CreateIndex
CREATE INDEX "session_active_idx" ON "session"("tenant_id", "last_activity_at", "updated_at", "id") WHERE (active);

-- CreateIndex
CREATE INDEX "session_children_idx" ON "session"("tenant_id", "parent_id", "created_at", "id") WHERE (parent_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "session_tree_idx" ON "session"("tenant_id", "root_id", "last_activity_at", "updated_at", "id") WHERE (root_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "session_strongest_idx" ON "session"("tenant_id", "root_id", "reason", "reason_since", "id") WHERE (root_id IS NOT NULL AND reason = ANY (ARRAY['NEEDS_APPROVAL'::attention_reason, 'NEEDS_INPUT'::attention_reason, 'STALE'::attention_reason, 'WORKING'::attention_reason]));

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_tenant_id_parent_id_fkey" FOREIGN KEY ("tenant_id", "parent_id") REFERENCES "session"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- What works, and what is asked, so far: few rows of many.
UPDATE "session" SET "active" = true WHERE "execution_state" = 'RUNNING';

UPDATE "session" SET "open_requests" = open."requests"
FROM (SELECT "tenant_id", "session_id", count(*)::int AS "requests" FROM "input_request"
  WHERE "state" = 'OPEN'::"input_request_state" AND "session_id" IS NOT NULL GROUP BY "tenant_id", "session_id") AS open
WHERE "session"."tenant_id" = open."tenant_id" AND "session"."id" = open."session_id";
