-- CreateEnum
CREATE TYPE "skip_axis" AS ENUM ('ACTIVITY', 'CREATED', 'ACTIVITY_OF_ALL', 'CREATED_OF_ALL');

-- What there is goes by activity.
ALTER TABLE "reader_skip" DROP CONSTRAINT "reader_skip_pkey",
ADD COLUMN     "axis" "skip_axis" NOT NULL DEFAULT 'ACTIVITY',
ADD CONSTRAINT "reader_skip_pkey" PRIMARY KEY ("tenant_id", "reader_id", "is_read", "axis");
ALTER TABLE "reader_skip" ALTER COLUMN "axis" DROP DEFAULT;
