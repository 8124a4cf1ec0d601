-- AlterTable
ALTER TABLE "runner" ADD COLUMN     "owner" TEXT;
