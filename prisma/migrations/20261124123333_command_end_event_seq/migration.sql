-- AlterTable
ALTER TABLE "command" ADD COLUMN     "end_event_seq" INTEGER;

-- The ends that were written before.
UPDATE "command" SET "end_event_seq" = "run_event"."seq" FROM "run_event"
WHERE "run_event"."tenant_id" = "command"."tenant_id" AND "run_event"."run_id" = "command"."run_id"
    AND "run_event"."seq" > "command"."event_seq" AND "run_event"."type" = 'BACKEND_STATUS'
    AND "run_event"."payload" ->> 'phase' = 'command-terminal'
    AND "run_event"."payload" ->> 'commandId' = "command"."id"
    AND "command"."state" IN ('COMPLETED', 'FAILED', 'CANCELLED');
