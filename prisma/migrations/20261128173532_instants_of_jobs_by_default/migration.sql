-- AlterTable
ALTER TABLE "runner_job" ALTER COLUMN "created_at" SET DEFAULT statement_timestamp(),
ALTER COLUMN "updated_at" SET DEFAULT statement_timestamp();
