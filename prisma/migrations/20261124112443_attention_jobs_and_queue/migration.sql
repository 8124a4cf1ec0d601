-- CreateEnum
CREATE TYPE "attention_reason" AS ENUM ('WORKING', 'NEEDS_INPUT', 'NEEDS_APPROVAL', 'FINISHED', 'FAILED', 'BLOCKED', 'CANCELLED', 'STALE', 'IDLE');

-- CreateEnum
CREATE TYPE "queue_task_state" AS ENUM ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'BLOCKED', 'CANCELLED');

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "max_attempts" INTEGER NOT NULL DEFAULT 3;

-- AlterTable
ALTER TABLE "session" ADD COLUMN     "change_version" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "expired" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "folded_title" TEXT,
ADD COLUMN     "input_requests" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "input_version" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "reason" "attention_reason" NOT NULL DEFAULT 'IDLE',
ADD COLUMN     "reason_since" TIMESTAMPTZ(6),
ALTER COLUMN "version" SET DEFAULT 0;

-- What the sessions that are there have to say: input requests of before are not open ones.
UPDATE "session" SET "change_version" = "version", "folded_title" = lower("title"),
    "reason_since" = CASE WHEN "execution_state" = 'IDLE' THEN "created_at" ELSE "updated_at" END,
    "reason" = CASE
        WHEN "execution_state" = 'RUNNING' THEN 'WORKING'
        WHEN "terminal_status" = 'COMPLETED' THEN 'FINISHED'
        WHEN "execution_state" = 'TERMINAL' THEN "terminal_status"::text
        ELSE 'IDLE' END::"attention_reason";
ALTER TABLE "session" ALTER COLUMN "reason_since" SET NOT NULL;

-- CreateTable
CREATE TABLE "runner_job" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "command_id" TEXT,
    "idempotency_key" TEXT,
    "payload_hash" TEXT NOT NULL,
    "attempt_id" TEXT NOT NULL,
    "runner_id" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "job_name" TEXT NOT NULL,
    "manager_url" TEXT NOT NULL,
    "image" TEXT NOT NULL,
    "source_commit" TEXT NOT NULL,
    "service_account_name" TEXT,
    "result" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "runner_job_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "reader_mark" (
    "tenant_id" TEXT NOT NULL,
    "reader_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "read_version" BIGINT,
    "read_at" TIMESTAMPTZ(6),
    "marked_unread" BOOLEAN NOT NULL DEFAULT false,
    "archived_at" TIMESTAMPTZ(6),
    "archived_version" BIGINT,
    "snoozed_until" TIMESTAMPTZ(6),
    "snoozed_version" BIGINT,
    "pinned_at" TIMESTAMPTZ(6),
    "change_version" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "reader_mark_pkey" PRIMARY KEY ("tenant_id","reader_id","session_id")
);

-- CreateTable
CREATE TABLE "queue_task" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "queue" TEXT NOT NULL,
    "lane" TEXT NOT NULL,
    "title" TEXT,
    "priority" INTEGER NOT NULL,
    "rank" INTEGER NOT NULL,
    "backend_profile" TEXT,
    "state" "queue_task_state" NOT NULL DEFAULT 'PENDING',
    "version" BIGINT NOT NULL DEFAULT 0,
    "payload" JSONB NOT NULL,
    "payload_hash" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "session_id" TEXT,
    "latest_attempt_id" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "expired_attempts" INTEGER NOT NULL DEFAULT 0,
    "max_attempts" INTEGER NOT NULL,
    "available_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "cancelled_at" TIMESTAMPTZ(6),
    "cancel_reason" TEXT,

    CONSTRAINT "queue_task_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "queue_attempt" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "state" "queue_task_state" NOT NULL DEFAULT 'RUNNING',
    "runner_id" TEXT,
    "run_id" TEXT,
    "command_id" TEXT,
    "session_id" TEXT,
    "lease_token_hash" TEXT,
    "lease_expires_at" TIMESTAMPTZ(6),
    "failure_kind" "failure_kind",
    "failure_message" TEXT,
    "started_at" TIMESTAMPTZ(6) NOT NULL,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "queue_attempt_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "queue_task_mark" (
    "tenant_id" TEXT NOT NULL,
    "reader_id" TEXT NOT NULL,
    "task_id" TEXT NOT NULL,
    "read_version" BIGINT NOT NULL,
    "read_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "queue_task_mark_pkey" PRIMARY KEY ("tenant_id","reader_id","task_id")
);

-- CreateIndex
CREATE INDEX "runner_job_tenant_id_run_id_created_at_id_idx" ON "runner_job"("tenant_id", "run_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "runner_job_tenant_id_run_id_idempotency_key_key" ON "runner_job"("tenant_id", "run_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "reader_mark_tenant_id_reader_id_change_version_session_id_idx" ON "reader_mark"("tenant_id", "reader_id", "change_version", "session_id");

-- CreateIndex
CREATE INDEX "reader_mark_tenant_id_session_id_idx" ON "reader_mark"("tenant_id", "session_id");

-- CreateIndex
CREATE INDEX "reader_mark_tenant_id_snoozed_until_idx" ON "reader_mark"("tenant_id", "snoozed_until") WHERE (snoozed_until IS NOT NULL);

-- CreateIndex
CREATE INDEX "reader_mark_pinned_idx" ON "reader_mark"("tenant_id", "reader_id", "session_id") WHERE (pinned_at IS NOT NULL);

-- CreateIndex
CREATE INDEX "queue_task_tenant_id_rank_created_at_id_idx" ON "queue_task"("tenant_id", "rank", "created_at", "id");

-- CreateIndex
CREATE INDEX "queue_task_tenant_id_queue_rank_created_at_id_idx" ON "queue_task"("tenant_id", "queue", "rank", "created_at", "id");

-- CreateIndex
CREATE INDEX "queue_task_tenant_id_queue_state_rank_created_at_id_idx" ON "queue_task"("tenant_id", "queue", "state", "rank", "created_at", "id");

-- CreateIndex
CREATE INDEX "queue_task_tenant_id_version_idx" ON "queue_task"("tenant_id", "version");

-- CreateIndex
CREATE UNIQUE INDEX "queue_task_tenant_id_project_id_idempotency_key_key" ON "queue_task"("tenant_id", "project_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "queue_attempt_tenant_id_lease_expires_at_idx" ON "queue_attempt"("tenant_id", "lease_expires_at") WHERE (state = 'RUNNING'::queue_task_state);

-- CreateIndex
CREATE INDEX "queue_attempt_tenant_id_run_id_idx" ON "queue_attempt"("tenant_id", "run_id");

-- CreateIndex
CREATE INDEX "queue_attempt_tenant_id_session_id_idx" ON "queue_attempt"("tenant_id", "session_id");

-- CreateIndex
CREATE UNIQUE INDEX "queue_attempt_tenant_id_task_id_number_key" ON "queue_attempt"("tenant_id", "task_id", "number");

-- CreateIndex
CREATE INDEX "run_tenant_id_backend_profile_status_created_at_id_idx" ON "run"("tenant_id", "backend_profile", "status", "created_at", "id");

-- CreateIndex
CREATE INDEX "run_live_idx" ON "run"("tenant_id", "session_id", "status") WHERE (status = ANY (ARRAY['PENDING'::run_status, 'CLAIMED'::run_status]));

-- CreateIndex
CREATE INDEX "runner_tenant_id_registered_at_id_idx" ON "runner"("tenant_id", "registered_at", "id");

-- CreateIndex
CREATE INDEX "session_tenant_id_change_version_id_idx" ON "session"("tenant_id", "change_version", "id");

-- CreateIndex
CREATE INDEX "session_tenant_id_expires_at_idx" ON "session"("tenant_id", "expires_at") WHERE (expires_at IS NOT NULL);

-- AddForeignKey
ALTER TABLE "runner_job" ADD CONSTRAINT "runner_job_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "run"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "runner_job" ADD CONSTRAINT "runner_job_tenant_id_command_id_fkey" FOREIGN KEY ("tenant_id", "command_id") REFERENCES "command"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "reader_mark" ADD CONSTRAINT "reader_mark_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "reader_mark" ADD CONSTRAINT "reader_mark_tenant_id_session_id_fkey" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "session"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "queue_task" ADD CONSTRAINT "queue_task_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "queue_task" ADD CONSTRAINT "queue_task_tenant_id_session_id_fkey" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "session"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "queue_task" ADD CONSTRAINT "queue_task_tenant_id_latest_attempt_id_fkey" FOREIGN KEY ("tenant_id", "latest_attempt_id") REFERENCES "queue_attempt"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "queue_attempt" ADD CONSTRAINT "queue_attempt_tenant_id_task_id_fkey" FOREIGN KEY ("tenant_id", "task_id") REFERENCES "queue_task"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "queue_attempt" ADD CONSTRAINT "queue_attempt_tenant_id_runner_id_fkey" FOREIGN KEY ("tenant_id", "runner_id") REFERENCES "runner"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "queue_attempt" ADD CONSTRAINT "queue_attempt_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "run"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "queue_attempt" ADD CONSTRAINT "queue_attempt_tenant_id_command_id_fkey" FOREIGN KEY ("tenant_id", "command_id") REFERENCES "command"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "queue_attempt" ADD CONSTRAINT "queue_attempt_tenant_id_session_id_fkey" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "session"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "queue_task_mark" ADD CONSTRAINT "queue_task_mark_tenant_id_task_id_fkey" FOREIGN KEY ("tenant_id", "task_id") REFERENCES "queue_task"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- Storage: room for hot updates in the rows that are rewritten most.
ALTER TABLE "queue_task" SET (fillfactor = 70);
ALTER TABLE "queue_attempt" SET (fillfactor = 80);
ALTER TABLE "reader_mark" SET (fillfactor = 80);
