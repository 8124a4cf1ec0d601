-- CreateEnum
CREATE TYPE "input_request_kind" AS ENUM ('QUESTION', 'APPROVAL', 'AUTHENTICATION');

-- CreateEnum
CREATE TYPE "input_request_state" AS ENUM ('OPEN', 'ANSWERED', 'EXPIRED', 'WITHDRAWN');

-- CreateEnum
CREATE TYPE "input_decision" AS ENUM ('APPROVED', 'DENIED', 'ANSWERED');

-- AlterEnum
ALTER TYPE "command_type" ADD VALUE 'ANSWER';

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "removed_request_version" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "resumes_id" TEXT;

-- CreateTable
CREATE TABLE "input_request" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "session_id" TEXT,
    "project_id" TEXT NOT NULL,
    "turn_id" TEXT,
    "event_seq" INTEGER NOT NULL,
    "kind" "input_request_kind" NOT NULL,
    "prompt" TEXT NOT NULL,
    "request_id" TEXT,
    "tool_call_id" TEXT,
    "action" JSONB,
    "choices" JSONB NOT NULL DEFAULT '[]',
    "multiple" BOOLEAN NOT NULL DEFAULT false,
    "answer_schema" JSONB,
    "url" TEXT,
    "state" "input_request_state" NOT NULL DEFAULT 'OPEN',
    "requested_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6),
    "due_at" TIMESTAMPTZ(6) NOT NULL,
    "closed_at" TIMESTAMPTZ(6),
    "decision" "input_decision",
    "choice_ids" TEXT[],
    "value" JSONB,
    "comment" TEXT,
    "answered_by" TEXT,
    "resume" BOOLEAN NOT NULL DEFAULT false,
    "command_id" TEXT,
    "idempotency_key" TEXT,
    "payload_hash" TEXT,
    "version" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "input_request_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "input_request_tenant_id_requested_at_id_idx" ON "input_request"("tenant_id", "requested_at", "id");

-- CreateIndex
CREATE INDEX "input_request_tenant_id_session_id_requested_at_id_idx" ON "input_request"("tenant_id", "session_id", "requested_at", "id");

-- CreateIndex
CREATE INDEX "input_request_tenant_id_version_id_idx" ON "input_request"("tenant_id", "version", "id");

-- CreateIndex
CREATE INDEX "input_request_tenant_id_command_id_idx" ON "input_request"("tenant_id", "command_id") WHERE (command_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "input_request_open_idx" ON "input_request"("tenant_id", "due_at", "requested_at", "id") WHERE (state = 'OPEN'::input_request_state);

-- CreateIndex
CREATE INDEX "input_request_asking_idx" ON "input_request"("tenant_id", "session_id") WHERE (state = 'OPEN'::input_request_state);

-- CreateIndex
CREATE INDEX "input_request_due_idx" ON "input_request"("expires_at") WHERE (expires_at IS NOT NULL AND state = 'OPEN'::input_request_state);

-- CreateIndex
CREATE UNIQUE INDEX "input_request_tenant_id_run_id_event_seq_key" ON "input_request"("tenant_id", "run_id", "event_seq");

-- CreateIndex
CREATE INDEX "session_asking_idx" ON "session"("tenant_id", "reason", "last_activity_at", "updated_at", "id") WHERE (reason = ANY (ARRAY['NEEDS_INPUT'::attention_reason, 'NEEDS_APPROVAL'::attention_reason]));

-- AddForeignKey
ALTER TABLE "input_request" ADD CONSTRAINT "input_request_tenant_id_run_id_fkey" FOREIGN KEY ("tenant_id", "run_id") REFERENCES "run"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "input_request" ADD CONSTRAINT "input_request_tenant_id_session_id_fkey" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "session"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- What was open so far: one of each run, by the event that asked.
INSERT INTO "input_request" ("tenant_id", "id", "run_id", "session_id", "project_id", "turn_id", "event_seq", "kind", "prompt",
  "choices", "choice_ids", "requested_at", "due_at", "version")
SELECT "session"."tenant_id",
  'inp_' || lpad(to_hex((extract(epoch FROM event."created_at") * 1000)::bigint), 12, '0') || '7'
    || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15),
  event."run_id", "session"."id", "session"."project_id",
  (SELECT "id" FROM "command" WHERE "command"."tenant_id" = "session"."tenant_id" AND "command"."run_id" = event."run_id"
    AND "command"."type" = 'TURN' AND "command"."state" IN ('PENDING', 'ACKNOWLEDGED') ORDER BY "seq" LIMIT 1),
  event."seq", (asked ->> 'kind')::"input_request_kind", coalesce(event."payload" ->> 'prompt', ''),
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', choice, 'label', choice, 'description', NULL, 'decision', NULL)), '[]')
    FROM (SELECT DISTINCT left(item, 200) AS choice FROM jsonb_array_elements_text(CASE jsonb_typeof(event."payload" -> 'options')
      WHEN 'array' THEN event."payload" -> 'options' ELSE '[]' END) AS item WHERE item <> '' LIMIT 100) AS offered),
  '{}', event."created_at", '9999-12-31 23:59:59.999999+00', "session"."change_version"
FROM "session" CROSS JOIN jsonb_array_elements("session"."input_requests") AS asked
  CROSS JOIN LATERAL (
    SELECT "run_id", "seq", "payload", "created_at" FROM "run_event"
    WHERE "run_event"."tenant_id" = "session"."tenant_id" AND "run_event"."run_id" = asked ->> 'runId'
      AND "run_event"."type" = 'INPUT_REQUEST' ORDER BY "seq" DESC LIMIT 1
  ) AS event
WHERE "session"."input_requests" <> '[]';

-- AlterTable
ALTER TABLE "session" DROP COLUMN "input_requests";
