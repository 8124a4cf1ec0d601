-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "removed_version" BIGINT NOT NULL DEFAULT 0;
