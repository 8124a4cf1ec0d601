-- CreateTable
CREATE TABLE "removed_request" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "kind" "input_request_kind" NOT NULL,
    "asked_by" TEXT NOT NULL,
    "asked_in" TEXT[],
    "removed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT statement_timestamp(),
    "version" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "removed_request_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "removed_request_tenant_id_version_id_idx" ON "removed_request"("tenant_id", "version", "id");

-- CreateIndex
CREATE INDEX "removed_request_removed_at_id_idx" ON "removed_request"("removed_at", "id");

-- Requests of sessions counted with these before.
UPDATE "tenant" SET "removed_request_version" = greatest("removed_request_version", "removed_version");
