-- DropIndex
DROP INDEX "run_profile_idx";

-- DropIndex
DROP INDEX "run_project_idx";

-- CreateIndex
CREATE INDEX "run_project_status_idx" ON "run"("tenant_id", "project_id", "status", "created_at", "id");

-- CreateIndex
CREATE INDEX "run_profile_status_idx" ON "run"("tenant_id", "backend_profile", "status", "created_at", "id");
