-- DropForeignKey
ALTER TABLE "queue_task" DROP CONSTRAINT "queue_task_tenant_id_fkey";

-- DropForeignKey
ALTER TABLE "reader_mark" DROP CONSTRAINT "reader_mark_tenant_id_fkey";

-- DropForeignKey
ALTER TABLE "run" DROP CONSTRAINT "run_tenant_id_fkey";

-- DropForeignKey
ALTER TABLE "session" DROP CONSTRAINT "session_tenant_id_fkey";
