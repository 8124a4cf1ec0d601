-- CreateTable
CREATE TABLE "reader_skip" (
    "tenant_id" TEXT NOT NULL,
    "reader_id" TEXT NOT NULL,
    "is_read" BOOLEAN NOT NULL,
    "version" BIGINT NOT NULL,
    "lows" TIMESTAMPTZ(6)[],
    "highs" TIMESTAMPTZ(6)[],

    CONSTRAINT "reader_skip_pkey" PRIMARY KEY ("tenant_id","reader_id","is_read")
);
