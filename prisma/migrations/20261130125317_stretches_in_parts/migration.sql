-- A cache, which is saved anew once it is missed.
DELETE FROM "reader_skip";

-- AlterTable
ALTER TABLE "reader_skip" DROP COLUMN "highs",
DROP COLUMN "lows",
ADD COLUMN     "build" UUID NOT NULL,
ADD COLUMN     "settled" TIMESTAMPTZ(6) NOT NULL;

-- CreateTable
CREATE TABLE "reader_skip_part" (
    "tenant_id" TEXT NOT NULL,
    "reader_id" TEXT NOT NULL,
    "is_read" BOOLEAN NOT NULL,
    "axis" "skip_axis" NOT NULL,
    "build" UUID NOT NULL,
    "high" TIMESTAMPTZ(6) NOT NULL,
    "low" TIMESTAMPTZ(6) NOT NULL,
    "lows" TIMESTAMPTZ(6)[],
    "highs" TIMESTAMPTZ(6)[],

    CONSTRAINT "reader_skip_part_pkey" PRIMARY KEY ("tenant_id","reader_id","is_read","axis","build","high")
);

-- AddForeignKey
ALTER TABLE "reader_skip_part" ADD CONSTRAINT "reader_skip_part_tenant_id_reader_id_is_read_axis_fkey" FOREIGN KEY ("tenant_id", "reader_id", "is_read", "axis") REFERENCES "reader_skip"("tenant_id", "reader_id", "is_read", "axis") ON DELETE CASCADE ON UPDATE NO ACTION;
