-- AlterTable
ALTER TABLE "reader_skip_part" ADD COLUMN     "kind" BIGINT;
