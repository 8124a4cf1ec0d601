-- AlterTable
ALTER TABLE "session" ADD COLUMN     "first_version" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "reader_mark" ADD COLUMN     "kept_version" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "unread_version" BIGINT NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "reader_read_up_to" (
    "tenant_id" TEXT NOT NULL,
    "reader_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "backend_profile" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "read_at" TIMESTAMPTZ(6) NOT NULL,
    "change_version" BIGINT NOT NULL,

    CONSTRAINT "reader_read_up_to_pkey" PRIMARY KEY ("tenant_id","reader_id","project_id","backend_profile")
);

-- AddForeignKey
ALTER TABLE "reader_read_up_to" ADD CONSTRAINT "reader_read_up_to_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("tenant_id") ON DELETE NO ACTION ON UPDATE NO ACTION;
