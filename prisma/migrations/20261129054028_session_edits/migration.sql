-- CreateEnum
CREATE TYPE "title_giver" AS ENUM ('READER', 'RUNNER');

-- AlterTable
ALTER TABLE "session" ADD COLUMN     "emptied" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "labels" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "links" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "title_by" "title_giver";

-- CreateTable
CREATE TABLE "session_label" (
    "tenant_id" TEXT NOT NULL,
    -- By code points, so that the labels with one beginning stand together.
    "label" TEXT COLLATE "C" NOT NULL,
    "session_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,

    CONSTRAINT "session_label_pkey" PRIMARY KEY ("tenant_id","label","session_id")
);

-- CreateIndex
CREATE INDEX "session_label_tenant_id_project_id_label_idx" ON "session_label"("tenant_id", "project_id", "label");

-- CreateIndex
CREATE INDEX "session_label_tenant_id_session_id_idx" ON "session_label"("tenant_id", "session_id");

-- CreateIndex
CREATE INDEX "session_removing_idx" ON "session"("tenant_id", "id") WHERE (removing AND NOT emptied);

-- AddForeignKey
ALTER TABLE "session_label" ADD CONSTRAINT "session_label_tenant_id_session_id_fkey" FOREIGN KEY ("tenant_id", "session_id") REFERENCES "session"("tenant_id", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;
