-- CreateEnum
CREATE TYPE "run_status" AS ENUM ('PENDING', 'CLAIMED', 'COMPLETED', 'FAILED', 'BLOCKED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "terminal_status" AS ENUM ('COMPLETED', 'FAILED', 'BLOCKED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "command_type" AS ENUM ('TURN', 'STEER', 'INTERRUPT');

-- CreateEnum
CREATE TYPE "command_state" AS ENUM ('PENDING', 'ACKNOWLEDGED', 'COMPLETED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "session_execution_state" AS ENUM ('IDLE', 'RUNNING', 'TERMINAL');

-- CreateEnum
CREATE TYPE "run_event_type" AS ENUM ('ASSISTANT_MESSAGE', 'USER_MESSAGE', 'TOOL_CALL', 'COMMAND_OUTPUT', 'DIFF', 'ERROR', 'INPUT_REQUEST', 'TERMINAL_STATUS', 'BACKEND_STATUS');

-- CreateEnum
CREATE TYPE "failure_kind" AS ENUM ('SCHEMA_INVALID', 'CANCELLED', 'RUNNER_LEASE_CONFLICT', 'TENANT_POLICY_DENIED', 'INFRA_FAILED', 'LEASE_EXPIRED', 'PROVIDER_UNAVAILABLE', 'PROVIDER_STREAM_DISCONNECTED', 'PROVIDER_AUTH_FAILED', 'PROVIDER_RATE_LIMITED', 'BACKEND_FAILED', 'BACKEND_TIMEOUT', 'BACKEND_PROTOCOL_ERROR', 'SECRET_UNAVAILABLE');

-- CreateTable
CREATE TABLE "tenant" (
    "tenant_id" TEXT NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "session" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "backend_profile" TEXT NOT NULL,
    "conversation_id" TEXT,
    "thread_id" TEXT,
    "title" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "summary" JSONB NOT NULL DEFAULT '{}',
    "version" BIGINT NOT NULL,
    "execution_state" "session_execution_state" NOT NULL DEFAULT 'IDLE',
    "terminal_status" "terminal_status",
    "failure_kind" "failure_kind",
    "last_event_seq" BIGINT NOT NULL DEFAULT 0,
    "last_run_id" TEXT,
    "active_run_id" TEXT,
    "last_command_id" TEXT,
    "active_command_id" TEXT,
    "last_activity_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6),

    CONSTRAINT "session_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "run" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "backend_profile" TEXT NOT NULL,
    "session_id" TEXT,
    "status" "run_status" NOT NULL DEFAULT 'PENDING',
    "failure_kind" "failure_kind",
    "failure_message" TEXT,
    "resource_bundle" JSONB,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "last_event_seq" INTEGER NOT NULL DEFAULT 0,
    "last_command_seq" INTEGER NOT NULL DEFAULT 0,
    "idempotency_key" TEXT,
    "payload_hash" TEXT NOT NULL,
    "runner_id" TEXT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "lease_token_hash" TEXT,
    "claimed_at" TIMESTAMPTZ(6),
    "heartbeat_at" TIMESTAMPTZ(6),
    "lease_expires_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "run_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "command" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "session_id" TEXT,
    "seq" INTEGER NOT NULL,
    "type" "command_type" NOT NULL,
    "state" "command_state" NOT NULL DEFAULT 'PENDING',
    "payload" JSONB NOT NULL,
    "payload_hash" TEXT NOT NULL,
    "idempotency_key" TEXT,
    "terminal_status" "terminal_status",
    "failure_kind" "failure_kind",
    "failure_message" TEXT,
    "event_seq" INTEGER NOT NULL,
    "session_seq" BIGINT,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,
    "acknowledged_at" TIMESTAMPTZ(6),

    CONSTRAINT "command_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "run_event" (
    "tenant_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "session_id" TEXT,
    "session_seq" BIGINT,
    "type" "run_event_type" NOT NULL,
    "payload" JSONB NOT NULL,
    "redaction_count" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "run_event_pkey" PRIMARY KEY ("tenant_id","run_id","seq")
);

-- CreateTable
CREATE TABLE "event_batch" (
    "tenant_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "idempotency_key" TEXT NOT NULL,
    "payload_hash" TEXT NOT NULL,
    "first_seq" INTEGER NOT NULL,
    "last_seq" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "event_batch_pkey" PRIMARY KEY ("tenant_id","run_id","idempotency_key")
);

-- CreateTable
CREATE TABLE "runner" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT,
    "backend_profiles" TEXT[],
    "attributes" JSONB NOT NULL DEFAULT '{}',
    "lease_seconds" INTEGER NOT NULL DEFAULT 60,
    "registered_at" TIMESTAMPTZ(6) NOT NULL,
    "heartbeat_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "runner_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "session_tenant_id_last_activity_at_updated_at_id_idx" ON "session"("tenant_id", "last_activity_at", "updated_at", "id");

-- CreateIndex
CREATE INDEX "session_tenant_id_execution_state_last_activity_at_updated__idx" ON "session"("tenant_id", "execution_state", "last_activity_at", "updated_at", "id");

-- CreateIndex
CREATE INDEX "session_tenant_id_created_at_id_idx" ON "session"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "session_tenant_id_name_key" ON "session"("tenant_id", "name");

-- CreateIndex
CREATE INDEX "run_tenant_id_created_at_id_idx" ON "run"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "run_tenant_id_status_created_at_id_idx" ON "run"("tenant_id", "status", "created_at", "id");

-- CreateIndex
CREATE INDEX "run_tenant_id_session_id_created_at_id_idx" ON "run"("tenant_id", "session_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "run_tenant_id_runner_id_created_at_id_idx" ON "run"("tenant_id", "runner_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "run_tenant_id_project_id_idempotency_key_key" ON "run"("tenant_id", "project_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "command_tenant_id_session_id_state_session_seq_idx" ON "command"("tenant_id", "session_id", "state", "session_seq");

-- CreateIndex
CREATE INDEX "command_tenant_id_session_id_session_seq_idx" ON "command"("tenant_id", "session_id", "session_seq");

-- CreateIndex
CREATE UNIQUE INDEX "command_tenant_id_run_id_seq_key" ON "command"("tenant_id", "run_id", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "command_tenant_id_run_id_idempotency_key_key" ON "command"("tenant_id", "run_id", "idempotency_key");

-- CreateIndex
CREATE UNIQUE INDEX "run_event_tenant_id_session_id_session_seq_key" ON "run_event"("tenant_id", "session_id", "session_seq");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_tenant_id_last_run_id_fkey" FOREIGN KEY ("tenant_id", "last_run_id") REFERENCES "run"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_tenant_id_active_run_id_fkey" FOREIGN KEY ("tenant_id", "active_run_id") REFERENCES "run"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_tenant_id_last_command_id_fkey" FOREIGN KEY ("tenant_id", "last_command_id") REFERENCES "command"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_tenant_id_active_command_id_fkey" FOREIGN KEY ("tenant_id", "active_command_id") REFERENCES "command"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_tenant_id_session_id_fkey" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "session"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_tenant_id_runner_id_fkey" FOREIGN KEY ("tenant_id", "runner_id") REFERENCES "runner"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "command" ADD CONSTRAINT "command_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "run"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "command" ADD CONSTRAINT "command_tenant_id_session_id_fkey" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "session"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "event_batch" ADD CONSTRAINT "event_batch_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "run"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "runner" ADD CONSTRAINT "runner_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- Storage: room for hot updates in the rows that are rewritten most, and the visibility map of the largest table kept
-- current while it only grows. Prisma's schema cannot say this and its differ ignores it.
ALTER TABLE "run" SET (fillfactor = 80);
ALTER TABLE "session" SET (fillfactor = 70);
ALTER TABLE "tenant" SET (fillfactor = 50);
ALTER TABLE "run_event" SET (autovacuum_vacuum_insert_scale_factor = 0.05);
